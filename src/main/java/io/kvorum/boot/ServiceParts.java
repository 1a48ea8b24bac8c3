package io.kvorum.boot;

import io.kvorum.audit.AuditLog;
import io.kvorum.boot.config.Audit;
import io.kvorum.consensus.Consensus;
import io.kvorum.peer.grpc.RemoteHashes;
import io.kvorum.peer.grpc.RemoteLeader;
import io.kvorum.service.Caller;
import io.kvorum.service.ClientServices;
import io.kvorum.service.Journal;
import io.kvorum.service.Scheduler;
import io.kvorum.service.Services;
import io.kvorum.support.Log;
import io.kvorum.tracing.Traces;
import io.kvorum.wire.CallJournal;
import io.kvorum.wire.CallTimes;
import io.kvorum.wire.LearnerCalls;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Wires the use cases over the state and the cluster, and around them what notes the calls of
 * clients: times, the audit log, traces. It listens nowhere.
 *
 * <p>Held by: WholeMemberTest, ObservedMemberTest.
 */
final class ServiceParts implements AutoCloseable {
  private static final Log LOG = Log.of(ServiceParts.class);
  private static final Duration QUEUES_LEFT = Duration.ofSeconds(3);

  private final Workers workers = new Workers();
  private final StateParts state;
  private final Services services;
  private final CallTimes callTimes;
  private final ClientServices clientServices;

  ServiceParts(Groundwork ground, StateParts state, ClusterParts cluster, MemberFront front) {
    this.state = state;
    RemoteLeader remoteLeader = new RemoteLeader(cluster.transport(), cluster::leaderElsewhere);
    services =
        new Services(
            ground.identity(),
            ground.settings().services(),
            state.auth(),
            state.applier().view(),
            state.lessor(),
            traced(cluster.consensus(), front.traces()),
            cluster.codec(),
            state.hub(),
            cluster.transport()::isConnectedFor,
            remoteLeader,
            remoteLeader,
            new RemoteHashes(cluster.transport())::ask,
            front.memory(),
            workers,
            state.storeReaders(),
            state::freshHistory,
            new SecureRandom()::nextLong,
            Clock.systemUTC(),
            Scheduler.real());
    callTimes =
        new CallTimes(
            ground.config().observing().slowCall(),
            Groundwork.warningsOf(CallTimes.class),
            System::nanoTime,
            Clock.systemUTC());
    clientServices =
        ClientServices.of(
            services,
            state.hub(),
            new LearnerCalls(services.cluster()::isLearner),
            Journal.all(
                List.of(
                    callTimes,
                    front.port().jsonCalls(),
                    audit(ground.config().audit(), front.audit(), services::userOf),
                    front.traces().map(Traces::journal).orElse(Journal.NONE))));
  }

  private static Consensus traced(Consensus consensus, Optional<Traces> traces) {
    return traces.isPresent() ? traces.get().traced(consensus) : consensus;
  }

  private static Journal audit(
      Optional<Audit> settings, Optional<AuditLog> log, Function<Caller, String> users) {
    return log.isEmpty() || settings.isEmpty()
        ? Journal.NONE
        : new CallJournal(settings.get().policy(), log.get(), users, Clock.systemUTC());
  }

  /**
   * Waits, for a moment at most, until the calls that a stop has ended leave no key in the queues
   * of locks and elections. Without a quorum they do not, and their keys stay until their leases
   * end.
   */
  void leaveQueues() {
    try {
      services.whenNobodyQueues().get(QUEUES_LEFT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException late) {
      LOG.info("keys of calls that wait for a lock or an election stay until their leases end");
    }
  }

  /** Refuses what waits for a thread: to hash a password, or to read. */
  @Override
  public void close() {
    state.auth().close();
    workers.close();
  }

  Services services() {
    return services;
  }

  ClientServices clientServices() {
    return clientServices;
  }

  CallTimes callTimes() {
    return callTimes;
  }
}
