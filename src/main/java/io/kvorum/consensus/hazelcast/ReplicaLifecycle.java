package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a replica comes to be and gives way to the next: the first one goes on from the log of this
 * member, a later one from the state of another member, in one life of the process.
 *
 * <pre>
 *   open the log  ->  recover  ->  a replica runs  ->  a state arrives: reset the log
 *                        ^                                           |
 *                        +-------------------------------------------+
 * </pre>
 *
 * <p>Confined to the engine thread, but for what says otherwise.
 */
final class ReplicaLifecycle {
  private static final System.Logger LOG = System.getLogger(ReplicaLifecycle.class.getName());
  private static final int ENTRIES_PER_READ = 500;
  private static final long BYTES_PER_READ = 4L << 20;

  private final RaftIdentity identity;
  private final RaftPorts ports;
  private final WriteAheadLog log;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private final PendingBatches own;
  private final Commits commits;
  private final Applier applier;
  private final HazelcastIntegration integration;
  private final NodeFactory nodes;
  private final Replica.Surroundings surroundings;
  private final BooleanSupplier stopRequested;
  private final Consumer<Replica> onStart;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  private volatile @Nullable Replica current;

  /**
   * @param stopRequested whether a replay is to be given up
   * @param onStart shows everybody where a replica stands that has just been started
   */
  ReplicaLifecycle(
      RaftIdentity identity,
      LoopContext parts,
      BooleanSupplier stopRequested,
      Consumer<Replica> onStart) {
    this.identity = identity;
    this.ports = parts.ports();
    this.log = ports.log();
    this.codec = parts.codec();
    this.failure = parts.failure();
    this.own = parts.own();
    this.commits = parts.commits();
    this.applier = commits.applier();
    this.stopRequested = stopRequested;
    this.onStart = onStart;
    RaftLogStore store = new RaftLogStore(ports, parts.settings(), codec, failure);
    this.surroundings =
        new Replica.Surroundings(
            parts.settings(),
            ports,
            parts.runner(),
            failure,
            codec,
            store,
            own,
            parts.readRounds(),
            new SnapshotRequests(ports.transfer(), parts.tasks(), this::install));
    this.integration =
        new HazelcastIntegration(
            parts.runner(),
            parts.tasks(),
            new HazelcastLogger(System.getLogger(RaftLoop.class.getName()), failure),
            new MemberEndpoint(identity.memberId()),
            ports.transport(),
            commits);
    this.nodes = new NodeFactory(identity, parts.settings(), integration, store);
  }

  /** The replica that runs; null before the first one does. Any thread. */
  @Nullable Replica current() {
    return current;
  }

  /** Completes when the first replica takes part; whoever ends the engine lets it fail. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  /**
   * Opens the log, and goes on where it ends.
   *
   * @return whether a replica runs now; false if the member was stopped meanwhile, or has failed
   */
  boolean begin() throws IOException {
    return recover(log.open());
  }

  /** Replays what the state has missed, then starts Raft where the replay ended. */
  private boolean recover(WriteAheadLog.Recovered recovered) throws IOException {
    LogRecovery recovery = LogRecovery.of(identity, ports, codec, recovered);
    commits.replaying(recovery);
    if (recovery != null && !replay(recovery)) {
      return false;
    }
    RaftNodeImpl raft = nodes.make(recovery);
    Replica made = new Replica(raft, integration, surroundings);
    current = made;
    commits.comeFrom(raft);
    raft.start();
    if (!failure.isSet() && GroupOfOne.is(raft)) {
      GroupOfOne.drive(raft);
    }
    if (failure.isSet()) {
      return false;
    }
    onStart.accept(made);
    commits.becomePublic();
    ready.complete(null);
    return true;
  }

  /**
   * @return false if the member was stopped meanwhile
   */
  private boolean replay(LogRecovery recovery) throws IOException {
    long next = recovery.firstToReplay();
    applier.resumeFrom(next - 1);
    if (next <= recovery.committedIndex()) {
      LOG.log(
          Level.INFO,
          "replaying the log from entry {0} to {1}",
          Long.toString(next),
          Long.toString(recovery.committedIndex()));
    }
    while (next <= recovery.committedIndex()) {
      for (WriteAheadLog.Entry entry : log.read(next, ENTRIES_PER_READ, BYTES_PER_READ)) {
        if (stopRequested.getAsBoolean()) {
          return false;
        }
        if (entry.index() > recovery.committedIndex()) {
          break; // One before it brought others, who have a say in it.
        }
        if (recovery.mayApply(entry)) {
          applier.replay(entry);
        }
        boolean unused = ports.stateMachine().workSlice();
        next = entry.index() + 1;
      }
    }
    return true;
  }

  /**
   * Goes on from a state of another member: as a restart would, if the process ended in the middle
   * of this. A log that has got there meanwhile is not given up: this member has told others that
   * it has what follows, and may lead by now.
   */
  private void install(SnapshotTransfer.Arrived arrived) {
    Replica replaced = current;
    if (replaced == null) {
      throw new IllegalStateException("a state arrived for which no replica has asked");
    }
    if (arrived.index() <= applier.appliedIndex()
        || !replaced.lacks(arrived.index(), arrived.term())) {
      arrived.discard();
      return;
    }
    try {
      replaced.end();
      arrived.install();
      own.entriesSkipped();
      boolean unused = recover(log.reset(arrived.index(), (int) arrived.term()));
    } catch (IOException e) {
      failure.record(e);
    }
  }
}
