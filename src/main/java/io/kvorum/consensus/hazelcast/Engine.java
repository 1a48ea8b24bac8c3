package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rounds of the engine thread: take what was proposed while the last round was flushing, give
 * it to Raft as one entry, flush, commit, apply, answer; then a slice of the state machine's own
 * work.
 *
 * <p>Confined to the engine thread, but for what says otherwise.
 */
final class Engine implements EngineRunner.Rounds, EngineIntegration.Callbacks {
  private static final System.Logger LOG = System.getLogger(Engine.class.getName());
  private static final long RESTING = Long.MIN_VALUE;

  private final RaftIdentity identity;
  private final RaftPorts ports;
  private final WriteAheadLog log;
  private final StateMachine stateMachine;
  private final Consumer<Throwable> onFailure;
  private final FailureLatch failure = new FailureLatch();
  private final EntryCodec codec;
  private final Applier applier;
  private final EngineTasks tasks;
  private final RaftLogStore store;
  private final NodeFactory nodes;
  private final WorkPacer pacer;
  private final ProposalQueue proposals;
  private final ReadBarrier reads = new ReadBarrier(failure);
  private final StatusBoard board;

  /** Changed by the engine thread; read by the one that looks after the time. */
  private final Queue<Batch> inFlight = new ConcurrentLinkedQueue<>();

  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  private volatile @Nullable RaftNodeImpl node;

  /** When the round began that runs now; {@link #RESTING} between rounds. */
  private volatile long roundStartNanos = RESTING;

  private volatile boolean stopRequested;
  private volatile boolean finished;

  Engine(
      RaftIdentity identity,
      RaftSettings settings,
      RaftPorts ports,
      Consumer<Throwable> onFailure,
      EngineRunner runner) {
    this.identity = identity;
    this.ports = ports;
    this.log = ports.log();
    this.stateMachine = ports.stateMachine();
    this.onFailure = onFailure;
    this.codec = new EntryCodec(ports.codec());
    this.applier = new Applier(ports, codec, failure);
    this.tasks = new EngineTasks(runner, failure);
    this.store = new RaftLogStore(ports, settings, failure);
    this.pacer = new WorkPacer(ports.stateMachine(), runner);
    this.proposals = new ProposalQueue(settings);
    this.board = new StatusBoard(applier, proposals);
    EngineLogger logger = new EngineLogger(LOG, failure);
    this.nodes =
        new NodeFactory(
            identity,
            settings,
            new EngineIntegration(runner, tasks, logger, PeerTransport.NONE, this),
            store);
  }

  /** Any thread. */
  ProposalQueue proposals() {
    return proposals;
  }

  /** Any thread. */
  ReadBarrier reads() {
    return reads;
  }

  /** Any thread. */
  StatusBoard board() {
    return board;
  }

  /** Any thread. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  /** Any thread. Once true, nothing that is queued will be looked at. */
  boolean isFinished() {
    return finished;
  }

  /** Any thread; the runner must be woken. */
  void requestStop() {
    stopRequested = true;
  }

  @Override
  public boolean hasWork() {
    return stopRequested || !proposals.isEmpty() || reads.hasNextRound() || tasks.hasSubmitted();
  }

  @Override
  public long runRound() {
    long idleNanos = 0;
    roundStartNanos = System.nanoTime();
    try {
      if (!stopRequested) {
        idleNanos = round();
      } else if (node != null) {
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
    RaftNodeImpl raft = node;
    if (raft == null) {
      recover();
      return 0;
    }
    boolean busy = tasks.runDue();
    Batch batch = failure.isSet() ? null : proposals.nextBatch();
    if (batch != null) {
      busy = true;
      replicate(raft, batch);
      pacer.batchWasApplied();
    }
    if (!failure.isSet() && reads.hasNextRound()) {
      busy = true;
      reads.startRound(raft);
    }
    if (!failure.isSet() && GroupOfOne.is(raft)) {
      GroupOfOne.drive(raft);
      store.cutIfLarge();
    }
    if (!failure.isSet()) {
      board.publish(raft);
      pacer.run();
    }
    return busy ? 0 : pacer.restNanos(tasks.nanosToNextTimer());
  }

  /** Replays what the state has missed, then starts Raft where the replay ended. */
  private void recover() throws IOException {
    LogRecovery recovery = LogRecovery.of(identity, ports, codec, log.open());
    if (recovery != null && !replay(recovery)) {
      return;
    }
    RaftNodeImpl raft = nodes.make(recovery);
    node = raft;
    raft.start();
    if (!failure.isSet() && GroupOfOne.is(raft)) {
      GroupOfOne.drive(raft);
    }
    if (!failure.isSet()) {
      board.publish(raft);
      ready.complete(null);
    }
  }

  /**
   * @return false if the member was stopped meanwhile
   */
  private boolean replay(LogRecovery recovery) throws IOException {
    long first = recovery.firstToReplay();
    long last = recovery.committedIndex();
    applier.resumeFrom(first - 1);
    if (first <= last) {
      LOG.log(System.Logger.Level.INFO, "replaying the log from entry {0} to {1}", first, last);
    }
    for (long index = first; index <= last; index++) {
      if (stopRequested) {
        return false;
      }
      applier.replay(log.read(index));
      boolean unused = stateMachine.workSlice();
    }
    return true;
  }

  @SuppressWarnings("unchecked") // The engine's futures are raw; ours gives what apply returned.
  private void replicate(RaftNodeImpl raft, Batch batch) {
    byte[] payload = codec.encode(raft.state().commitIndex(), batch.commands());
    inFlight.add(batch);
    EngineFuture<List<Result>> applied =
        (EngineFuture<List<Result>>) raft.replicate(LogOperation.made(batch.commands(), payload));
    applied.whenComplete((results, refusal) -> answer(batch, results, refusal));
  }

  private void answer(Batch batch, List<Result> results, @Nullable Throwable refusal) {
    inFlight.remove(batch);
    if (refusal == null) {
      proposals.complete(batch, results);
      return;
    }
    ErrorCode code = EngineErrors.codeOf(refusal);
    if (code == null || failure.isSet()) {
      failure.record(refusal);
      code = ErrorCode.STOPPED;
    }
    proposals.fail(batch, code);
  }

  @Override
  public Object apply(LogOperation operation, long index) {
    RaftNodeImpl raft = running();
    int term = raft.state().log().getLogEntry(index).term();
    List<Result> results = applier.apply(index, term, operation);
    if (ready.isDone()) {
      // Before the answers leave, so that who has one finds its entry applied.
      board.publish(raft);
    }
    return results;
  }

  @Override
  public LogOperation firstOfTerm() {
    return LogOperation.made(List.of(), codec.encode(running().state().commitIndex(), List.of()));
  }

  @Override
  public SnapshotMarker snapshotAt(long index) {
    return new SnapshotMarker(index, identity.memberId());
  }

  @Override
  public void requireSnapshot(SnapshotMarker marker) {
    if (applier.appliedIndex() != marker.index()) {
      throw new IllegalStateException(
          "the engine starts at entry %d, but the state is at %d"
              .formatted(marker.index(), applier.appliedIndex()));
    }
  }

  /**
   * If one round has taken longer than that, because a flush hangs, fails everything that waits for
   * an answer: it may have happened, or may yet. Any thread.
   */
  void timeOut(long limitNanos) {
    long start = roundStartNanos;
    if (node == null || start == RESTING || System.nanoTime() - start < limitNanos) {
      return;
    }
    LOG.log(System.Logger.Level.WARNING, "the disk hangs: proposals time out");
    proposals.failAll(ErrorCode.TIMEOUT);
    inFlight.forEach(batch -> proposals.timeOut(batch));
  }

  private RaftNodeImpl running() {
    RaftNodeImpl raft = node;
    if (raft == null) {
      throw new IllegalStateException("the engine is not running yet");
    }
    return raft;
  }

  private void finish() {
    board.publishStopped();
    finished = true;
    for (Batch batch = inFlight.poll(); batch != null; batch = inFlight.poll()) {
      proposals.fail(batch, ErrorCode.STOPPED);
    }
    failQueued();
    board.publishStopped();
    Throwable cause = failure.cause();
    ready.completeExceptionally(cause == null ? new RequestException(ErrorCode.STOPPED) : cause);
    if (cause != null) {
      if (!(cause instanceof IOException)) {
        // A bug, and where it is; what the disk says is for the one who is told.
        LOG.log(System.Logger.Level.ERROR, "this member must stop: " + cause.getMessage(), cause);
      }
      onFailure.accept(cause);
    }
  }

  /** Fails what nobody will look at any more; any thread, but only when the engine is finished. */
  void failQueued() {
    proposals.failAll(ErrorCode.STOPPED);
    reads.failAll(ErrorCode.STOPPED);
  }
}
