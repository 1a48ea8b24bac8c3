package io.kvorum.consensus.hazelcast;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Proposals on their way to the engine thread, and the account of all that are not answered yet.
 * Many threads offer; the engine thread takes batches and answers them, or, where it cannot,
 * whoever looks after it.
 */
final class ProposalQueue {
  private static final int CHUNK = 1_024;

  private final RaftSettings settings;
  private final MpscUnboundedAtomicArrayQueue<Proposal> queue =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);
  private final AtomicLong pendingProposals = new AtomicLong();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final AtomicLong failedProposals = new AtomicLong();

  ProposalQueue(RaftSettings settings) {
    this.settings = settings;
  }

  /**
   * @return false if too many proposals, or too many bytes of them, wait for an answer; one that is
   *     alone is always taken
   */
  boolean offer(Proposal proposal) {
    long proposals = pendingProposals.incrementAndGet();
    long bytes = pendingBytes.addAndGet(proposal.sizeBytes());
    boolean fits =
        proposals <= settings.maxPendingProposals() && bytes <= settings.maxPendingBytes();
    if (!fits && proposals > 1) {
      release(1, proposal.sizeBytes());
      return false;
    }
    queue.offer(proposal);
    return true;
  }

  /**
   * True as soon as an offer has begun to take its place, which it does with a volatile write: see
   * {@link RaftThread}.
   */
  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** The next batch, as large as the queue gives and the settings allow; null if none waits. */
  synchronized @Nullable Batch nextBatch() {
    Proposal next = queue.peek();
    if (next == null) {
      return null;
    }
    Batch batch = new Batch(Math.min(queue.size(), settings.maxBatchCommands()));
    do {
      batch.add(next);
      queue.poll();
      next = queue.peek();
    } while (next != null && batch.hasRoomFor(next, settings));
    return batch;
  }

  /** Fails what has waited since before {@code madeNanos}, nobody having taken it. */
  synchronized void expire(long madeNanos) {
    Proposal oldest = queue.peek();
    while (oldest != null && oldest.madeNanos() - madeNanos < 0) {
      queue.poll();
      release(1, oldest.sizeBytes());
      failedProposals.incrementAndGet();
      oldest.completeExceptionally(new RequestException(ErrorCode.TIMEOUT));
      oldest = queue.peek();
    }
  }

  /** Answers the proposals of a batch, in order. */
  void complete(Batch batch, List<Result> results) {
    List<Proposal> proposals = batch.proposals();
    release(proposals.size(), batch.sizeBytes());
    for (int i = 0; i < proposals.size(); i++) {
      proposals.get(i).complete(results.get(i));
    }
  }

  void fail(Batch batch, ErrorCode code) {
    release(batch.proposals().size(), batch.sizeBytes());
    failedProposals.addAndGet(batch.proposals().size());
    RequestException reason = new RequestException(code);
    for (Proposal proposal : batch.proposals()) {
      proposal.completeExceptionally(reason);
    }
  }

  /**
   * Fails the proposals of a batch that is under way, and that the engine still accounts for when
   * it comes back to it. Any thread.
   */
  void timeOut(Batch batch) {
    RequestException reason = new RequestException(ErrorCode.TIMEOUT);
    for (Proposal proposal : batch.proposals()) {
      if (proposal.completeExceptionally(reason)) {
        failedProposals.incrementAndGet();
      }
    }
  }

  /** Fails whatever waits. Any thread. */
  void failAll(ErrorCode code) {
    for (Batch batch = nextBatch(); batch != null; batch = nextBatch()) {
      fail(batch, code);
    }
  }

  long pendingProposals() {
    return pendingProposals.get();
  }

  long failedProposals() {
    return failedProposals.get();
  }

  private void release(int proposals, long bytes) {
    pendingProposals.addAndGet(-proposals);
    pendingBytes.addAndGet(-bytes);
  }
}
