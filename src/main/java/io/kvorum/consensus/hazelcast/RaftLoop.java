package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.core.CommittedEntries;
import io.kvorum.consensus.hazelcast.core.FailureLatch;
import io.kvorum.consensus.hazelcast.core.LeadershipTransfer;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.LoopTasks;
import io.kvorum.consensus.hazelcast.core.PublishedStatus;
import io.kvorum.consensus.hazelcast.core.RaftView;
import io.kvorum.consensus.hazelcast.core.ReadIndex;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue;
import io.kvorum.consensus.hazelcast.replica.Replica;
import io.kvorum.consensus.hazelcast.replica.ReplicaLifecycle;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Log;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the rounds of the Raft thread: receive messages, take what was proposed while the last round
 * was flushing, give it to the leader, flush, commit, apply, answer; then a slice of the state
 * machine's own work.
 *
 * <p>After the first failure nothing more is applied or answered, and the loop finishes. Confined
 * to the Raft thread, except where stated. Held by: RaftConsensusTest, StuckDiskTest,
 * ClusterSimulation.
 */
final class RaftLoop implements LoopRunner.Rounds {
  private static final Log LOG = Log.of(RaftLoop.class);
  private static final long RESTING = Long.MIN_VALUE;
  private static final int TICKS_PER_HEARTBEAT = 4;

  private final RaftSettings settings;
  private final WriteAheadLog log;
  private final Consumer<Throwable> onFailure;
  private final LoopRunner runner;
  private final FailureLatch failure;
  private final LoopTasks tasks;
  private final ProposalQueue proposals;
  private final PendingBatches pending;
  private final ReadIndex reads;
  private final CommittedEntries entries;
  private final PublishedStatus status;
  private final LeadershipTransfer transfer;
  private final RaftInbox inbox;
  private final WorkPacer pacer;
  private final LeadershipWatch leadership;
  private final ReplicaLifecycle replicas;

  /** When the current round began; {@link #RESTING} between rounds. */
  private volatile long roundStartNanos = RESTING;

  /** The start of a round that was found to take too long; never that of another one. */
  private volatile long stuckRoundNanos = RESTING;

  private volatile boolean stopRequested;
  private volatile boolean finished;

  RaftLoop(
      RaftIdentity identity,
      RaftSettings settings,
      RaftPorts ports,
      Consumer<Throwable> onFailure,
      LoopRunner runner) {
    LoopContext context = LoopContext.of(identity, settings, ports, runner);
    this.settings = settings;
    this.log = ports.log();
    this.onFailure = onFailure;
    this.runner = runner;
    this.failure = context.failure();
    this.tasks = context.tasks();
    this.proposals = context.proposals();
    this.pending = context.pending();
    this.reads = context.reads();
    this.entries = context.entries();
    this.status = context.status();
    this.transfer = context.transfer();
    this.inbox = new RaftInbox(runner);
    this.pacer = new WorkPacer(ports.stateMachine(), runner);
    this.leadership = new LeadershipWatch(ports.leadership());
    this.replicas = new ReplicaLifecycle(context, () -> stopRequested, this::publish);
  }

  // ------------------------------------------------------------------ any thread

  ProposalQueue proposals() {
    return proposals;
  }

  ReadIndex reads() {
    return reads;
  }

  PublishedStatus status() {
    return status;
  }

  LeadershipTransfer transfer() {
    return transfer;
  }

  RaftInbox inbox() {
    return inbox;
  }

  /** Completes when the first replica takes part. */
  CompletableFuture<Void> ready() {
    return replicas.ready();
  }

  /** Once true, what is queued is no longer processed. */
  boolean isFinished() {
    return finished;
  }

  /** The runner must be woken. */
  void requestStop() {
    stopRequested = true;
  }

  /**
   * If the current round has taken longer than the limit, because a flush hangs, fails everything
   * that awaits an answer: it may have happened, or may yet.
   */
  void timeOut(long limitNanos) {
    long start = roundStartNanos;
    if (replicas.current() == null || start == RESTING || System.nanoTime() - start < limitNanos) {
      return;
    }
    LOG.warning("disk stalled: failing pending proposals and reads");
    stuckRoundNanos = start;
    pending.timeOutAll();
    reads.timeOutAll();
  }

  /** Whether {@link #timeOut} has failed what waited, and that round still runs. */
  boolean isStuck() {
    long stuck = stuckRoundNanos;
    return stuck != RESTING && stuck == roundStartNanos;
  }

  /** Fails what is queued; only once the loop has finished. */
  void failQueued() {
    proposals.failAll(ErrorCode.STOPPED);
    reads.failAll(ErrorCode.STOPPED);
  }

  // ------------------------------------------------------------------ Raft thread

  @Override
  public boolean hasWork() {
    if (stopRequested || tasks.hasSubmitted() || !inbox.isEmpty()) {
      return true;
    }
    Replica current = replicas.current();
    return current != null
        && ((!proposals.isEmpty() && current.takesBatches())
            || (reads.hasNext() && current.takesReads()));
  }

  @Override
  public long runRound() {
    long idleNanos = 0;
    roundStartNanos = System.nanoTime();
    try {
      if (!stopRequested) {
        idleNanos = round();
      } else if (replicas.current() != null) {
        log.flush();
      }
    } catch (IOException | RuntimeException | Error e) {
      failure.record(e);
    }
    roundStartNanos = RESTING;
    if (stopRequested || failure.isSet()) {
      finish();
      return FINISHED;
    }
    return idleNanos;
  }

  private long round() throws IOException {
    Replica current = replicas.current();
    if (current == null) {
      if (replicas.begin()) {
        tick();
      }
      return 0;
    }
    boolean busy = tasks.runDue();
    busy |= drainInbox();
    current = running();
    if (!failure.isSet() && current.step()) {
      busy = true;
      pacer.batchApplied();
    }
    if (!failure.isSet()) {
      publish(current);
      pacer.run();
    }
    return busy ? 0 : pacer.restNanos(tasks.nanosToNextTimer());
  }

  /** Handles the messages that wait now; those that arrive meanwhile are for the next round. */
  private boolean drainInbox() {
    boolean received = false;
    for (int left = inbox.size(); left > 0 && !failure.isSet(); left--) {
      RaftInbox.Item item = inbox.poll();
      if (item == null) {
        break;
      }
      received = true;
      handle(item);
    }
    return received;
  }

  private void handle(RaftInbox.Item item) {
    Replica current = running();
    switch (item.kind()) {
      case MESSAGE -> {
        if (item.message() != null) {
          current.received(item.memberId(), item.message());
        }
      }
      case CONNECTED -> {
        reads.resume();
        current.connected(item.memberId());
      }
      case DISCONNECTED -> current.disconnected(item.memberId());
    }
  }

  /** Makes the outcome of a step visible to callers and listeners. */
  private void publish(Replica current) {
    RaftView core = current.core();
    entries.applyVoterChanges(core.appliedIndex());
    entries.keepRecent(current.hasReceivers());
    status.publish(core, entries.appliedIndex());
    reads.applied(entries.appliedIndex());
    leadership.observe(
        core, entries.appliedTerm(), TimeUnit.NANOSECONDS.toMillis(runner.nanoTime()));
  }

  private void tick() {
    tasks.schedule(this::tick, tickMillis(), TimeUnit.MILLISECONDS);
    try {
      Replica current = running();
      current.tick();
      reads.resume();
      reads.expire();
      long oldest = runner.nanoTime() - TimeUnit.MILLISECONDS.toNanos(settings.patienceMillis());
      pending.expire(oldest, current.core().term());
      status.publishProgress(current.matchIndexes());
    } catch (IOException e) {
      failure.record(e);
    }
  }

  /** A member without peers needs few ticks. */
  private long tickMillis() {
    boolean isAlone = !running().hasReceivers();
    long millis = settings.heartbeatMillis();
    return Math.max(1, isAlone ? millis : millis / TICKS_PER_HEARTBEAT);
  }

  private Replica running() {
    Replica current = replicas.current();
    if (current == null) {
      throw new IllegalStateException("no replica is running yet");
    }
    return current;
  }

  private void finish() {
    leadership.stop();
    status.publishStopped(entries.appliedIndex());
    finished = true;
    transfer.stop();
    pending.stop();
    failQueued();
    status.publishStopped(entries.appliedIndex());
    @Nullable Throwable cause = failure.cause();
    replicas
        .ready()
        .completeExceptionally(cause == null ? new RequestException(ErrorCode.STOPPED) : cause);
    if (cause != null) {
      if (!(cause instanceof IOException)) {
        // A bug: only the stack trace shows where. I/O errors are reported by the listener.
        LOG.error("this member must stop: {}", cause.getMessage(), cause);
      }
      onFailure.accept(cause);
    }
  }
}
