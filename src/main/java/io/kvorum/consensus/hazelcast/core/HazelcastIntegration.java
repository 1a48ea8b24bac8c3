package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftIntegration;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.dto.AppendFailureResponse;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.dto.InstallSnapshot;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteResponse;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.dto.VoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.VoteResponse;
import com.hazelcast.cp.internal.raft.impl.task.LeaderElectionTimeoutTask;
import com.hazelcast.cp.internal.raft.impl.task.PreVoteTimeoutTask;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.impl.InternalCompletableFuture;
import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives Hazelcast the environment that its Raft node needs: a thread and timers, a way to send, and
 * the state machine. Created with each {@link RaftCore}.
 *
 * <p>Confined to the Raft thread. Held by: RaftConsensusTest, ClusterSimulation.
 */
final class HazelcastIntegration implements RaftIntegration {
  /** The operation of a query: it reads nothing, only its turn matters. */
  static final Object READ_BARRIER =
      new Object() {
        @Override
        public String toString() {
          return "read barrier";
        }
      };

  private final LoopRunner runner;
  private final LoopTasks tasks;
  private final ILogger logger;
  private final long self;
  private final PeerTransport transport;
  private final CommittedEntries entries;
  private final Outbound outbound;

  HazelcastIntegration(LoopContext context, Outbound outbound) {
    this.runner = context.runner();
    this.tasks = context.tasks();
    this.logger =
        new HazelcastLogger(System.getLogger(RaftCore.class.getName()), context.failure());
    this.self = context.identity().memberId();
    this.transport = context.ports().transport();
    this.entries = context.entries();
    this.outbound = outbound;
  }

  /** One for all: Hazelcast asks for one with each task that it makes. */
  @Override
  public ILogger getLogger(String name) {
    return logger;
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public boolean isReachable(RaftEndpoint endpoint) {
    return idOf(endpoint) == self || transport.isReachable(idOf(endpoint));
  }

  @Override
  public boolean send(PreVoteRequest request, RaftEndpoint target) {
    return outbound.send(request, idOf(target));
  }

  @Override
  public boolean send(PreVoteResponse response, RaftEndpoint target) {
    return outbound.send(response, idOf(target));
  }

  @Override
  public boolean send(VoteRequest request, RaftEndpoint target) {
    return outbound.send(request, idOf(target));
  }

  @Override
  public boolean send(VoteResponse response, RaftEndpoint target) {
    return outbound.send(response, idOf(target));
  }

  @Override
  public boolean send(AppendRequest request, RaftEndpoint target) {
    return outbound.send(request, idOf(target));
  }

  @Override
  public boolean send(AppendSuccessResponse response, RaftEndpoint target) {
    return outbound.send(response, idOf(target));
  }

  @Override
  public boolean send(AppendFailureResponse response, RaftEndpoint target) {
    return outbound.send(response, idOf(target));
  }

  @Override
  public boolean send(InstallSnapshot request, RaftEndpoint target) {
    return outbound.send(request, idOf(target));
  }

  @Override
  public boolean send(TriggerLeaderElection request, RaftEndpoint target) {
    return outbound.send(request, idOf(target));
  }

  /** Called for an entry with its own index, and for a query with the committed one. */
  @Override
  public Object runOperation(Object operation, long index) {
    if (operation != READ_BARRIER) {
      entries.apply((LogOperation) operation, index);
    }
    return index;
  }

  @Override
  public Object takeSnapshot(long commitIndex) {
    return entries.snapshotAt(commitIndex);
  }

  @Override
  public void restoreSnapshot(Object operation, long commitIndex) {
    entries.requireSnapshot((MemberEndpoint.SnapshotMarker) operation);
  }

  @Override
  public void execute(Runnable task) {
    if (runner.isRaftThread()) {
      task.run();
    } else {
      tasks.submit(task);
    }
  }

  /** Only flushes are submitted, which {@link RaftCore#flushAndAdvanceCommit} does sooner. */
  @Override
  public void submit(Runnable task) {}

  /**
   * Drops the timers of elections: each pre-vote, and each election, would repeat itself beside
   * those that {@code ElectionClock} begins.
   */
  @Override
  public void schedule(Runnable task, long delay, TimeUnit timeUnit) {
    if (!(task instanceof PreVoteTimeoutTask || task instanceof LeaderElectionTimeoutTask)) {
      tasks.schedule(task, delay, timeUnit);
    }
  }

  @Override
  public InternalCompletableFuture<?> newCompletableFuture() {
    return new HazelcastFuture<>();
  }

  @Override
  public Object getAppendedEntryOnLeaderElection() {
    return entries.startOfTerm();
  }

  @Override
  public boolean isLinearizableReadOptimizationEnabled() {
    return true;
  }

  /** For log lines only, which show the endpoint if there is none. */
  @Override
  public @Nullable CPMember getCPMember(RaftEndpoint target) {
    return null;
  }

  @Override
  public void onNodeStatusChange(RaftNodeStatus status) {}

  @Override
  public void onGroupDestroyed(CPGroupId groupId) {
    throw new IllegalStateException("unexpected end of the group " + groupId.getName());
  }

  private static long idOf(RaftEndpoint member) {
    return ((MemberEndpoint) member).id();
  }
}
