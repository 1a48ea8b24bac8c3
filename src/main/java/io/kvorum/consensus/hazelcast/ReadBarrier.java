package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.QueryPolicy;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads that wait for the leader to confirm that it leads: one round of the engine for all that
 * wait.
 *
 * <p>There is never more than one round under way. The engine would let a query join a round whose
 * heartbeats were sent before the query came, and an acknowledgement of those says nothing about
 * now.
 */
final class ReadBarrier {
  private static final int CHUNK = 1_024;

  private final FailureLatch failure;
  private final MpscUnboundedAtomicArrayQueue<CompletableFuture<Void>> waiting =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);
  private @Nullable List<CompletableFuture<Void>> underWay;

  ReadBarrier(FailureLatch failure) {
    this.failure = failure;
  }

  /** Any thread. */
  CompletableFuture<Void> enqueue() {
    CompletableFuture<Void> read = new CompletableFuture<>();
    waiting.offer(read);
    return read;
  }

  /** Whether a round can begin; engine thread only. */
  boolean hasNextRound() {
    return underWay == null && !waiting.isEmpty();
  }

  /** Begins a round for all that wait; engine thread only. */
  @SuppressWarnings("unchecked") // The engine's futures are raw; a query gives the committed index.
  void startRound(RaftNodeImpl node) {
    List<CompletableFuture<Void>> round = new ArrayList<>();
    waiting.drain(round::add);
    underWay = round;
    EngineFuture<Object> confirmed =
        (EngineFuture<Object>) node.query(EngineIntegration.BARRIER, QueryPolicy.LINEARIZABLE);
    confirmed.whenComplete((index, refusal) -> finish(round, refusal));
  }

  private void finish(List<CompletableFuture<Void>> round, @Nullable Throwable refusal) {
    underWay = null;
    if (refusal == null) {
      round.forEach(read -> read.complete(null));
      return;
    }
    ErrorCode code = EngineErrors.codeOf(refusal);
    if (code == null) {
      failure.record(refusal);
      code = ErrorCode.STOPPED;
    }
    fail(round, code);
  }

  /** Fails whatever waits. Only when no engine thread begins rounds any more; any thread then. */
  synchronized void failAll(ErrorCode code) {
    List<CompletableFuture<Void>> reads = new ArrayList<>();
    List<CompletableFuture<Void>> round = underWay;
    if (round != null) {
      reads.addAll(round);
      underWay = null;
    }
    waiting.drain(reads::add);
    fail(reads, code);
  }

  private static void fail(List<CompletableFuture<Void>> reads, ErrorCode code) {
    RequestException reason = new RequestException(code);
    reads.forEach(read -> read.completeExceptionally(reason));
  }
}
