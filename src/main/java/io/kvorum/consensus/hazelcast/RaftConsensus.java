package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Consensus by Hazelcast's Raft engine, driven directly by one thread of ours, over a write-ahead
 * log.
 *
 * <p>Thread-safe. The engine thread opens and flushes the log; {@link #close} closes it.
 */
public final class RaftConsensus implements Consensus {
  private static final System.Logger LOG = System.getLogger(RaftConsensus.class.getName());
  private static final CompletableFuture<Void> CONFIRMED = CompletableFuture.completedFuture(null);

  private final RaftLoop engine;
  private final LoopRunner runner;
  private final RaftPorts ports;
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param onFailure told once, on the engine thread, why the member must stop: an I/O error of the
   *     log, or a bug. Nothing is served any more then; it may call {@link #close}.
   */
  public RaftConsensus(
      RaftIdentity identity,
      RaftSettings settings,
      RaftPorts ports,
      Consumer<Throwable> onFailure) {
    this(identity, settings, ports, onFailure, new RaftThread());
  }

  /** With a runner of the caller's, for simulations. */
  public RaftConsensus(
      RaftIdentity identity,
      RaftSettings settings,
      RaftPorts ports,
      Consumer<Throwable> onFailure,
      LoopRunner runner) {
    this.engine = new RaftLoop(identity, settings, ports, onFailure, runner);
    this.runner = runner;
    this.ports = ports;
  }

  @Override
  public CompletableFuture<Result> propose(Command command) {
    if (isStopped()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
    }
    Proposal proposal = new Proposal(command, ports.codec().sizeOf(command), runner.nanoTime());
    if (!engine.proposals().offer(proposal)) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.TOO_MANY_REQUESTS));
    }
    awaken();
    return proposal;
  }

  @Override
  public CompletableFuture<Void> readIndex() {
    if (engine.board().confirmsReads()) {
      return CONFIRMED;
    }
    if (isStopped()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
    }
    if (engine.isStuck()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    }
    CompletableFuture<Void> read = engine.reads().enqueue();
    awaken();
    return read;
  }

  private boolean isStopped() {
    return engine.isFinished() || closed.get();
  }

  /** Something was queued: whoever sees the engine finished after that takes it out again. */
  private void awaken() {
    if (engine.isFinished()) {
      engine.failQueued();
    } else {
      runner.wake();
    }
  }

  @Override
  public CompletableFuture<Void> transferLeadership(long memberId) {
    return isStopped()
        ? CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED))
        : engine.handover().to(memberId);
  }

  /**
   * Hands leadership to another member, if this one has it and there is one that can take it;
   * completes, in whatever way, within two elections.
   */
  public CompletableFuture<Void> handOver() {
    return isStopped() ? CompletableFuture.completedFuture(null) : engine.handover().toTheBest();
  }

  @Override
  public boolean isInSync(long memberId) {
    Long match = engine.board().progress().get(memberId);
    long committed = engine.board().status().committedIndex();
    return match != null && match * 10 >= committed * 9;
  }

  @Override
  public boolean isVoter(long memberId) {
    return engine.board().voters().contains(memberId);
  }

  @Override
  public ConsensusStatus status() {
    return engine.board().status();
  }

  /**
   * Completes when everything is replayed and the member serves; fails with what keeps it from
   * that.
   */
  public CompletableFuture<Void> ready() {
    return engine.ready().copy();
  }

  /**
   * Fails, with TIMEOUT, what waits for an answer while the disk has kept the engine busy for
   * longer than {@code limit}; reads fail at once from then on until the disk has answered. To be
   * called every now and then, by any thread that the disk cannot hold up.
   */
  public void failIfStuck(Duration limit) {
    engine.timeOut(limit.toNanos());
  }

  /** Returns at once; recovery runs on the engine thread, see {@link #ready}. */
  @Override
  public void start() {
    if (closed.get() || !started.compareAndSet(false, true)) {
      throw new IllegalStateException("consensus can be started once");
    }
    ports.transport().deliverTo(engine.inbox());
    runner.start(engine);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    engine.requestStop();
    if (!started.get()) {
      return;
    }
    runner.wake();
    runner.awaitFinished();
    try {
      ports.log().close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "the write-ahead log could not be closed", e);
    }
  }
}
