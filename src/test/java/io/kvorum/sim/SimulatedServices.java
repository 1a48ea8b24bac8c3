package io.kvorum.sim;

import io.kvorum.lease.LeaseClock;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.service.AuthParts;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClusterRules;
import io.kvorum.service.Identity;
import io.kvorum.service.PeerHashes;
import io.kvorum.service.Scheduler;
import io.kvorum.service.ServiceSettings;
import io.kvorum.service.Services;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.NoFreshHistory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Builds the real services of one life of a member, and its calls to the leader. */
final class SimulatedServices {
  private static final long CLUSTER_ID = 1;
  private static final int MAX_REQUEST_BYTES = 1 << 20;
  private static final int MAX_TXN_OPS = 128;
  private static final int NO_QUOTA = -1;
  private static final int MAX_LEARNERS = 3;

  private final MemberLife life;
  private final Cluster cluster;
  private final long selfId;
  private final Services services;

  SimulatedServices(MemberLife life, Cluster cluster) {
    this.life = life;
    this.cluster = cluster;
    this.selfId = life.member().id();
    SimulatedCore core = life.state().core();
    this.services =
        new Services(
            new Identity(CLUSTER_ID, selfId, "m" + selfId),
            new ServiceSettings(
                new ClientLimits(MAX_REQUEST_BYTES, MAX_TXN_OPS, 4 << 20),
                NO_QUOTA,
                1,
                Duration.ofMillis(5_000 + 2 * cluster.settings().electionTimeoutMillis()),
                new ClusterRules(cluster.isStrict(), MAX_LEARNERS)),
            AuthParts.defaults(),
            core.view(),
            core.lessor(),
            life.numbered(),
            cluster.history().codec(),
            life.hub().hub(),
            this::isConnectedSince,
            new Elsewhere(),
            this::promoteElsewhere,
            PeerHashes.NONE,
            MemoryBudget.unlimited(),
            Runnable::run,
            Runnable::run,
            NoFreshHistory::new,
            cluster.random()::nextLong,
            new ScheduleClock(cluster.schedule()),
            new LifetimeDelays());
  }

  Services services() {
    return services;
  }

  private boolean isConnectedSince(long other, Duration atLeast) {
    return cluster.network().isConnectedSince(selfId, other, atLeast.toNanos());
  }

  private CompletableFuture<List<ClusterMember>> promoteElsewhere(long memberId) {
    return ask(leader -> leader.localPromotion().promote(memberId));
  }

  private final class Elsewhere implements LeaseClock {
    @Override
    public CompletableFuture<Long> renew(long leaseId) {
      return ask(leader -> leader.localLeases().renew(leaseId));
    }

    @Override
    public CompletableFuture<Long> remainingSeconds(long leaseId) {
      return ask(leader -> leader.localLeases().remainingSeconds(leaseId));
    }
  }

  /** Asks over the network, which may lose the question, or the answer. */
  private <T> CompletableFuture<T> ask(Function<Services, CompletableFuture<T>> question) {
    long leaderId = life.consensus().status().leaderId();
    if (leaderId == 0 || leaderId == selfId || !isConnectedSince(leaderId, Duration.ZERO)) {
      return failed(ErrorCode.NO_LEADER);
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    travel(
        () -> {
          MemberLife leader = cluster.reachable(selfId, leaderId);
          if (leader == null) {
            answer.completeExceptionally(new RequestException(ErrorCode.TIMEOUT));
            return;
          }
          leader.stir();
          question
              .apply(leader.services())
              .whenComplete((result, failure) -> travel(() -> bring(answer, result, failure)));
        });
    return answer;
  }

  private <T> void bring(CompletableFuture<T> answer, T result, Throwable failure) {
    if (life.hasEnded() || cluster.random().nextInt(50) == 0) {
      answer.completeExceptionally(new RequestException(ErrorCode.TIMEOUT));
    } else if (failure == null) {
      answer.complete(result);
    } else {
      answer.completeExceptionally(failure);
    }
  }

  private void travel(Runnable arrival) {
    cluster.schedule().afterMillis(cluster.random().nextInt(20), arrival);
  }

  private static <T> CompletableFuture<T> failed(ErrorCode code) {
    return CompletableFuture.failedFuture(new RequestException(code));
  }

  /** What waits when the process ends never happens. */
  private final class LifetimeDelays implements Scheduler {
    @Override
    public long nanoTime() {
      return cluster.schedule().getAsLong();
    }

    @Override
    public void runAfter(Duration delay, Runnable task) {
      cluster
          .schedule()
          .after(
              delay.toNanos(),
              () -> {
                if (life.member().life() == life && !life.hasEnded()) {
                  life.stir();
                  task.run();
                }
              });
    }
  }

  private static final class ScheduleClock extends Clock {
    private final ClusterSchedule schedule;

    private ScheduleClock(ClusterSchedule schedule) {
      this.schedule = schedule;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("there is one time zone");
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(schedule.millis());
    }
  }
}
