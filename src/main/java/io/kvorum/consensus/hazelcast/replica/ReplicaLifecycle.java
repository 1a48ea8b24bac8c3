package io.kvorum.consensus.hazelcast.replica;

import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.core.CommittedEntries;
import io.kvorum.consensus.hazelcast.core.FailureLatch;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import io.kvorum.consensus.hazelcast.log.LogRecovery;
import io.kvorum.support.Log;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts a replica from this member's log, and replaces it by one that starts from a snapshot of
 * another member, within one life of the process. A replacement does what a restart after the
 * installation would do, so that the process may end at any point of it.
 *
 * <pre>
 *   open the log  ->  recover  ->  a replica runs  ->  a snapshot arrives: reset the log
 *                        ^                                           |
 *                        +-------------------------------------------+
 * </pre>
 *
 * <p>Confined to the Raft thread, except where stated. Held by: LogRecoveryTest, CoreSimulation,
 * ClusterSimulation.
 */
public final class ReplicaLifecycle {
  private static final Log LOG = Log.of(ReplicaLifecycle.class);
  private static final int ENTRIES_PER_READ = 500;
  private static final long BYTES_PER_READ = 4L << 20;

  private final LoopContext context;
  private final RaftPorts ports;
  private final WriteAheadLog log;
  private final FailureLatch failure;
  private final CommittedEntries entries;
  private final SnapshotRequests snapshots;
  private final BooleanSupplier stopRequested;
  private final Consumer<Replica> onStart;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  private volatile @Nullable Replica current;

  /**
   * @param stopRequested whether a replay is to be given up
   * @param onStart publishes where a replica stands that has just started
   */
  public ReplicaLifecycle(
      LoopContext context, BooleanSupplier stopRequested, Consumer<Replica> onStart) {
    this.context = context;
    this.ports = context.ports();
    this.log = ports.log();
    this.failure = context.failure();
    this.entries = context.entries();
    this.snapshots =
        new SnapshotRequests(
            ports.transfer(), ports.desiredVoters()::nameOf, context.tasks(), this::install);
    this.stopRequested = stopRequested;
    this.onStart = onStart;
  }

  /** The replica that runs; null before the first one does. Any thread. */
  public @Nullable Replica current() {
    return current;
  }

  /** Completes when the first replica takes part; fails when the loop ends before. Any thread. */
  public CompletableFuture<Void> ready() {
    return ready;
  }

  /**
   * Opens the log and starts where it ends.
   *
   * @return whether a replica runs now; false if the member was stopped meanwhile, or has failed
   */
  public boolean begin() throws IOException {
    return recover(log.open());
  }

  /** Replays what the state has missed, then starts Raft where the replay ended. */
  private boolean recover(WriteAheadLog.Recovered recovered) throws IOException {
    LogRecovery recovery = LogRecovery.of(context.identity(), ports, context.codec(), recovered);
    if (recovery != null && !replay(recovery)) {
      return false;
    }
    RaftCore core = new RaftCore(context, recovery);
    Replica made = new Replica(context, core, snapshots);
    current = made;
    entries.follow(core);
    made.start();
    if (failure.isSet()) {
      return false;
    }
    onStart.accept(made);
    entries.becomePublic();
    ready.complete(null);
    return true;
  }

  /**
   * @return false if the member was stopped meanwhile
   */
  private boolean replay(LogRecovery recovery) throws IOException {
    entries.beginReplay(recovery);
    long next = recovery.firstToReplay();
    if (next <= recovery.committedIndex()) {
      LOG.info("replaying log entries {} to {}", next, recovery.committedIndex());
    }
    while (next <= recovery.committedIndex()) {
      for (WriteAheadLog.Entry entry : log.read(next, ENTRIES_PER_READ, BYTES_PER_READ)) {
        if (stopRequested.getAsBoolean()) {
          return false;
        }
        if (entry.index() > recovery.committedIndex()) {
          break; // An entry before it added voters, whose agreement it needs.
        }
        if (recovery.mayApply(entry)) {
          entries.replay(entry);
        }
        boolean unused = ports.stateMachine().workSlice();
        next = entry.index() + 1;
      }
    }
    return true;
  }

  /**
   * Installs a snapshot of another member and starts a replica from it. If the log has got there
   * meanwhile, the snapshot is discarded instead: this member has acknowledged the entries that
   * follow, and may even lead by now.
   */
  private void install(SnapshotTransfer.Arrived arrived) {
    Replica replaced = current;
    if (replaced == null) {
      throw new IllegalStateException("a snapshot arrived that no replica has requested");
    }
    if (arrived.index() <= entries.appliedIndex()
        || !replaced.lacks(arrived.index(), arrived.term())) {
      arrived.discard();
      return;
    }
    try {
      replaced.end();
      arrived.install();
      context.pending().entriesSkipped();
      boolean unused = recover(log.reset(arrived.index(), (int) arrived.term()));
    } catch (IOException e) {
      failure.record(e);
    }
  }
}
