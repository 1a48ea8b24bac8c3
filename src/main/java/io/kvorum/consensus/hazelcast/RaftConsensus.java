package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.support.Log;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Implements consensus with Hazelcast's Raft, driven directly by one thread of ours, over a
 * write-ahead log.
 *
 * <p>Thread-safe. The Raft thread opens and flushes the log; {@link #close} closes it. Held by:
 * RaftConsensusContractTest, RaftConsensusTest, RaftOnDerbyTest, KillTest.
 */
public final class RaftConsensus implements Consensus {
  private static final Log LOG = Log.of(RaftConsensus.class);
  private static final CompletableFuture<Void> CONFIRMED = CompletableFuture.completedFuture(null);

  private final RaftLoop loop;
  private final LoopRunner runner;
  private final RaftPorts ports;
  private final AtomicBoolean started = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param onFailure called once, on the Raft thread, with the reason why the member must stop: an
   *     I/O error of the log, or a bug. Nothing is served from then on; it may call {@link #close}.
   */
  public RaftConsensus(
      RaftIdentity identity,
      RaftSettings settings,
      RaftPorts ports,
      Consumer<Throwable> onFailure) {
    this(identity, settings, ports, onFailure, new RaftThread());
  }

  /** With the caller's own runner, for simulations. */
  public RaftConsensus(
      RaftIdentity identity,
      RaftSettings settings,
      RaftPorts ports,
      Consumer<Throwable> onFailure,
      LoopRunner runner) {
    this.loop = new RaftLoop(identity, settings, ports, onFailure, runner);
    this.runner = runner;
    this.ports = ports;
  }

  @Override
  public CompletableFuture<Result> propose(Command command) {
    if (isStopped()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
    }
    ProposalQueue.Proposal proposal =
        new ProposalQueue.Proposal(command, ports.codec().sizeOf(command), runner.nanoTime());
    if (!loop.proposals().offer(proposal)) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.TOO_MANY_REQUESTS));
    }
    wakeLoop();
    return proposal;
  }

  @Override
  public CompletableFuture<Void> readIndex() {
    if (loop.status().confirmsReads()) {
      return CONFIRMED;
    }
    if (isStopped()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
    }
    if (loop.isStuck()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    }
    CompletableFuture<Void> read = loop.reads().enqueue();
    wakeLoop();
    return read;
  }

  private boolean isStopped() {
    return loop.isFinished() || closed.get();
  }

  /** After queueing: a thread that finds the loop finished by then fails what is queued. */
  private void wakeLoop() {
    if (loop.isFinished()) {
      loop.failQueued();
    } else {
      runner.wake();
    }
  }

  @Override
  public CompletableFuture<Void> transferLeadership(long memberId) {
    return isStopped()
        ? CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED))
        : loop.transfer().transferTo(memberId);
  }

  /**
   * Transfers leadership to another member, if this one is the leader and there is one that can
   * take over; completes, successfully or not, within two election timeouts.
   */
  public CompletableFuture<Void> transferLeadership() {
    return isStopped() ? CompletableFuture.completedFuture(null) : loop.transfer().transferToBest();
  }

  @Override
  public boolean isInSync(long memberId) {
    Long match = loop.status().progress().get(memberId);
    long committed = loop.status().status().committedIndex();
    return match != null && match * 10 >= committed * 9;
  }

  @Override
  public boolean isVoter(long memberId) {
    return loop.status().voters().contains(memberId);
  }

  @Override
  public ConsensusStatus status() {
    return loop.status().status();
  }

  /** Completes when everything is replayed and the member serves; fails if it cannot. */
  public CompletableFuture<Void> ready() {
    return loop.ready().copy();
  }

  /**
   * Fails, with TIMEOUT, what awaits an answer if the disk has kept the Raft thread busy for longer
   * than {@code limit}; reads fail at once from then on until the disk has answered. To be called
   * regularly, by a thread that the disk cannot block.
   */
  public void failIfStuck(Duration limit) {
    loop.timeOut(limit.toNanos());
  }

  /** Returns at once; recovery runs on the Raft thread, see {@link #ready}. */
  @Override
  public void start() {
    if (closed.get() || !started.compareAndSet(false, true)) {
      throw new IllegalStateException("consensus can be started once");
    }
    ports.transport().deliverTo(loop.inbox());
    runner.start(loop);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    loop.requestStop();
    if (!started.get()) {
      return;
    }
    runner.wake();
    runner.awaitFinished();
    try {
      ports.log().close();
    } catch (IOException e) {
      LOG.error("the write-ahead log could not be closed", e);
    }
  }
}
