package io.kvorum.sim;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.Leadership;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.consensus.hazelcast.RaftIdentity;
import io.kvorum.consensus.hazelcast.RaftPorts;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A member of a simulated cluster: what its disks hold, and its present life, if it has one. */
final class ClusterMember {

  /** One run of its process. */
  final class Life {
    private final CrashPoint crashPoint = new CrashPoint();
    private final SimulatedRunner runner;
    private final InMemoryWal log;
    private final ClusterState state;
    private final SimulatedNetwork.Port port;
    private final SimulatedTransfer transfer;
    private final RaftConsensus consensus;
    private final List<Throwable> failures = new ArrayList<>();
    private boolean wasRemoved;
    private boolean hasLed;
    private long dueAt;
    private long busyUntil;
    private int restless;
    private long unanswered;

    private Life(Cluster cluster) {
      this.runner = new SimulatedRunner(cluster.schedule());
      this.log = new InMemoryWal(logDisk, crashPoint);
      RecordingState recorded = new RecordingState(stateDisk, crashPoint);
      this.state = new ClusterState(id, recorded, logDisk, cluster.history(), cluster.founders());
      this.port = cluster.network().open(id);
      this.transfer = cluster.transferTo(id, () -> state, crashPoint);
      this.consensus =
          new RaftConsensus(
              isFounder ? RaftIdentity.of(id, cluster.founders()) : RaftIdentity.joining(id),
              cluster.settings(),
              new RaftPorts(log, state, new PutCodec(), port, transfer, state, leadership()),
              failures::add,
              runner);
    }

    private Leadership leadership() {
      return new Leadership() {
        @Override
        public void gained() {
          hasLed = true;
        }

        @Override
        public void lost() {}

        @Override
        public void removed() {
          wasRemoved = true;
        }
      };
    }

    boolean hasEnded() {
      return crashPoint.hasStruck() || !failures.isEmpty();
    }

    void asked() {
      unanswered++;
    }

    void answered() {
      unanswered--;
    }

    /** Calls of clients that wait. */
    long unanswered() {
      return unanswered;
    }

    /** Something was brought to it. */
    void stir() {
      restless = 0;
    }

    boolean isReady(long now) {
      return now >= busyUntil && (now >= dueAt || runner.hasWork());
    }

    /** When it wants to run next, if nothing happens. */
    long readyAt() {
      return Math.max(busyUntil, runner.hasWork() ? 0 : dueAt);
    }

    /**
     * Runs one round, which takes so long.
     *
     * @return false if it has finished
     */
    boolean run(long now, long nanos) {
      long idle = runner.runOne();
      busyUntil = now + nanos;
      dueAt = idle == Long.MAX_VALUE ? idle : now + idle;
      restless = idle == 0 ? restless + 1 : 0;
      if (restless > MOST_RESTLESS) {
        throw new AssertionError("member " + id + " never rests");
      }
      return idle != Long.MAX_VALUE;
    }

    CrashPoint crashPoint() {
      return crashPoint;
    }

    ClusterState state() {
      return state;
    }

    RaftConsensus consensus() {
      return consensus;
    }

    List<Throwable> failures() {
      return failures;
    }

    boolean wasRemoved() {
      return wasRemoved;
    }

    boolean hasLed() {
      return hasLed;
    }
  }

  private static final int MOST_RESTLESS = 500;

  private final long id;
  private final boolean isFounder;
  private final InMemoryWal.Disk logDisk;
  private final RecordingState.Disk stateDisk = new RecordingState.Disk();
  private @Nullable Life life;
  private boolean isOut;
  private long frozenUntil;
  private long slowUntil;

  ClusterMember(long id, Set<Long> founders, int segmentEntries) {
    this.id = id;
    this.isFounder = founders.contains(id);
    this.logDisk = new InMemoryWal.Disk(segmentEntries);
  }

  long id() {
    return id;
  }

  @Nullable Life life() {
    return life;
  }

  InMemoryWal.Disk logDisk() {
    return logDisk;
  }

  /** Whether it has what it needs to take part. */
  boolean hasState() {
    return isFounder || !stateDisk.entries().isEmpty();
  }

  /** A member that joins has pulled the state. */
  void receive(List<RecordingState.Applied> entries) {
    new RecordingState(stateDisk, new CrashPoint()).install(entries);
  }

  Life start(Cluster cluster) {
    Life started = new Life(cluster);
    life = started;
    frozenUntil = 0;
    started.consensus.start();
    return started;
  }

  /** The process ends, in whatever state it is. */
  void end(Cluster cluster) {
    Life ended = life;
    if (ended != null) {
      ended.transfer.close();
      ended.log.crash(cluster.random());
      cluster.network().closed(ended.port);
      life = null;
    }
  }

  /** It was told that it is no member any more: it will not start again. */
  void leave() {
    isOut = true;
  }

  /** Its machine is gone, for a long time at least. */
  void lose(Cluster cluster) {
    end(cluster);
    isOut = true;
  }

  void find() {
    isOut = false;
  }

  boolean isOut() {
    return isOut;
  }

  void freezeUntil(long nanos) {
    frozenUntil = nanos;
  }

  void slowUntil(long nanos) {
    slowUntil = nanos;
  }

  long frozenUntil() {
    return frozenUntil;
  }

  boolean isSlow(long now) {
    return now < slowUntil;
  }

  @Override
  public String toString() {
    Life now = life;
    return now == null
        ? "%d does not run%s%s"
            .formatted(id, isOut ? ", is out" : "", hasState() ? "" : ", has no state")
        : "%d runs: %s".formatted(id, now.consensus.status());
  }
}
