package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The rounds of the engine thread: hear what others say, take what was proposed while the last
 * round was flushing, give it to the leader, flush, commit, apply, answer; then a slice of the
 * state machine's own work.
 *
 * <p>Confined to the engine thread, but for what says otherwise.
 */
final class RaftLoop implements LoopRunner.Rounds {
  private static final System.Logger LOG = System.getLogger(RaftLoop.class.getName());
  private static final long RESTING = Long.MIN_VALUE;
  private static final int TICKS_PER_HEARTBEAT = 4;

  private final RaftSettings settings;
  private final WriteAheadLog log;
  private final Consumer<Throwable> onFailure;
  private final LoopRunner runner;
  private final FailureLatch failure;
  private final Commits commits;
  private final Applier applier;
  private final LoopTasks tasks;
  private final WorkPacer pacer;
  private final RaftInbox inbox;
  private final ProposalQueue proposals;
  private final PendingBatches own;
  private final WaitingReads reads;
  private final ReadRounds readRounds;
  private final LeadershipWatch leadership;
  private final Handover handover;
  private final PublishedStatus board;
  private final ReplicaLifecycle replicas;

  /** When the round began that runs now; {@link #RESTING} between rounds. */
  private volatile long roundStartNanos = RESTING;

  /** The beginning of the round that was found to take too long; never that of another one. */
  private volatile long stuckRoundNanos = RESTING;

  private volatile boolean stopRequested;
  private volatile boolean finished;

  RaftLoop(
      RaftIdentity identity,
      RaftSettings settings,
      RaftPorts ports,
      Consumer<Throwable> onFailure,
      LoopRunner runner) {
    MemberEndpoint self = new MemberEndpoint(identity.memberId());
    LoopContext parts = LoopContext.of(self, settings, ports, runner);
    this.settings = settings;
    this.log = ports.log();
    this.onFailure = onFailure;
    this.runner = runner;
    this.failure = parts.failure();
    this.tasks = parts.tasks();
    this.proposals = parts.proposals();
    this.own = parts.own();
    this.reads = parts.reads();
    this.readRounds = parts.readRounds();
    this.commits = parts.commits();
    this.applier = commits.applier();
    this.board = commits.board();
    this.inbox = new RaftInbox(runner);
    this.pacer = new WorkPacer(ports.stateMachine(), runner);
    this.leadership = new LeadershipWatch(ports.leadership());
    this.replicas = new ReplicaLifecycle(identity, parts, () -> stopRequested, this::publish);
    this.handover = new Handover(tasks, () -> finished ? null : replicas.current());
  }

  /** Any thread. */
  ProposalQueue proposals() {
    return proposals;
  }

  /** Any thread. */
  WaitingReads reads() {
    return reads;
  }

  /** Any thread. */
  PublishedStatus board() {
    return board;
  }

  /** Any thread. */
  Handover handover() {
    return handover;
  }

  /** Any thread. */
  RaftInbox inbox() {
    return inbox;
  }

  /** Any thread. */
  CompletableFuture<Void> ready() {
    return replicas.ready();
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
    if (stopRequested || tasks.hasSubmitted() || !inbox.isEmpty()) {
      return true;
    }
    Replica current = replicas.current();
    return current != null
        && ((!proposals.isEmpty() && current.takesBatches())
            || (readRounds.hasNext() && current.takesReads()));
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
      pacer.batchWasApplied();
    }
    if (!failure.isSet()) {
      publish(current);
      pacer.run();
    }
    return busy ? 0 : pacer.restNanos(tasks.nanosToNextTimer());
  }

  /** What messages wait now; those that come meanwhile are for the next round. */
  private boolean drainInbox() {
    boolean heard = false;
    for (int left = inbox.size(); left > 0 && !failure.isSet(); left--) {
      RaftInbox.Item item = inbox.poll();
      if (item == null) {
        break;
      }
      heard = true;
      hear(item);
    }
    return heard;
  }

  private void hear(RaftInbox.Item item) {
    Replica current = running();
    switch (item.kind()) {
      case MESSAGE -> {
        if (item.message() != null) {
          current.received(item.memberId(), item.message());
        }
      }
      case CONNECTED -> {
        readRounds.resume();
        current.connected(item.memberId());
      }
      case DISCONNECTED -> current.disconnected(item.memberId());
    }
  }

  /** Lets everybody see where the replica stands after a step. */
  private void publish(Replica current) {
    commits.applyGroups(current.node().state().lastApplied());
    applier.recent().keep(current.hasAudience());
    board.publish(current.node());
    reads.applied(applier.appliedIndex());
    leadership.observe(current, applier.appliedTerm());
  }

  private void tick() {
    tasks.schedule(this::tick, tickMillis(), TimeUnit.MILLISECONDS);
    try {
      Replica current = running();
      current.tick();
      readRounds.resume();
      readRounds.expire();
      long oldest = runner.nanoTime() - TimeUnit.MILLISECONDS.toNanos(settings.patienceMillis());
      own.expire(oldest, current.node().state().term());
      board.publishProgress(current.leads() ? current.progress() : Map.of());
    } catch (IOException e) {
      failure.record(e);
    }
  }

  /** A member without others has nobody to watch. */
  private long tickMillis() {
    boolean isAlone = !running().hasAudience();
    long millis = settings.heartbeatMillis();
    return Math.max(1, isAlone ? millis : millis / TICKS_PER_HEARTBEAT);
  }

  /**
   * If one round has taken longer than that, because a flush hangs, fails everything that waits for
   * an answer: it may have happened, or may yet. Any thread.
   */
  void timeOut(long limitNanos) {
    long start = roundStartNanos;
    if (replicas.current() == null || start == RESTING || System.nanoTime() - start < limitNanos) {
      return;
    }
    LOG.log(System.Logger.Level.WARNING, "the disk hangs: proposals and reads time out");
    stuckRoundNanos = start;
    own.timeOutAll();
    reads.timeOutAll();
  }

  /** Whether {@link #timeOut} was called for the round that still runs. Any thread. */
  boolean isStuck() {
    long stuck = stuckRoundNanos;
    return stuck != RESTING && stuck == roundStartNanos;
  }

  private Replica running() {
    Replica current = replicas.current();
    if (current == null) {
      throw new IllegalStateException("the engine is not running yet");
    }
    return current;
  }

  private void finish() {
    leadership.stop();
    board.publishStopped();
    finished = true;
    handover.stop();
    own.failGiven(ErrorCode.STOPPED);
    failQueued();
    board.publishStopped();
    Throwable cause = failure.cause();
    replicas
        .ready()
        .completeExceptionally(cause == null ? new RequestException(ErrorCode.STOPPED) : cause);
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
