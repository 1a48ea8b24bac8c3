package io.kvorum.consensus.hazelcast.proposal;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Queues proposals for the Raft thread, makes batches of them, and counts all that are not answered
 * yet: each proposal that was taken is released exactly once, when it completes or fails.
 *
 * <p>Any thread offers. The Raft thread takes batches and answers them; the thread that watches the
 * disk, or one that finds the loop finished, may fail them instead.
 *
 * <p>Held by: RaftConsensusTest, StuckDiskTest, SingleMemberSimulation.
 */
public final class ProposalQueue {
  private static final int CHUNK = 1_024;

  /** A command that was proposed here, and the future that its caller holds, in one object. */
  public static final class Proposal extends CompletableFuture<Result> {
    private final Command command;
    private final int sizeBytes;
    private final long madeNanos;

    /**
     * @param madeNanos on the runner's clock
     */
    public Proposal(Command command, int sizeBytes, long madeNanos) {
      this.command = command;
      this.sizeBytes = sizeBytes;
      this.madeNanos = madeNanos;
    }
  }

  /** Proposals of this member that travel together, in order. Confined to the Raft thread. */
  public static final class Batch {
    private final List<Proposal> proposals;
    private final List<Command> commands;
    private long sizeBytes;
    private long sequence;
    private int term;
    private byte @Nullable [] encoded;

    private Batch(int expectedSize) {
      proposals = new ArrayList<>(expectedSize);
      commands = new ArrayList<>(expectedSize);
    }

    private void add(Proposal proposal) {
      proposals.add(proposal);
      commands.add(proposal.command);
      sizeBytes += proposal.sizeBytes;
    }

    private boolean hasRoomFor(Proposal proposal, RaftSettings settings) {
      return proposals.size() < settings.maxBatchCommands()
          && sizeBytes + proposal.sizeBytes <= settings.maxBatchBytes();
    }

    public List<Command> commands() {
      return commands;
    }

    /** All commands, encoded once: the batch may be sent more than once. */
    public byte[] encoded(CommandCodec codec) {
      byte[] bytes = encoded;
      if (bytes == null) {
        bytes = codec.encode(commands);
        encoded = bytes;
      }
      return bytes;
    }

    /** When its oldest proposal was made. */
    public long madeNanos() {
      return proposals.get(0).madeNanos;
    }

    /** Numbers it among the batches of this life of the member. */
    public void number(long newSequence) {
      sequence = newSequence;
    }

    public long sequence() {
      return sequence;
    }

    /** It was given to the leader of that term, this member or another. */
    public void givenIn(int newTerm) {
      term = newTerm;
    }

    public int term() {
      return term;
    }
  }

  private final RaftSettings settings;
  private final MpscUnboundedAtomicArrayQueue<Proposal> queue =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);
  private final AtomicLong pendingProposals = new AtomicLong();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final AtomicLong failedProposals = new AtomicLong();

  public ProposalQueue(RaftSettings settings) {
    this.settings = settings;
  }

  /**
   * Takes a proposal.
   *
   * @return false if too many proposals, or too many bytes of them, await an answer; one that is
   *     alone is always taken
   */
  public boolean offer(Proposal proposal) {
    long proposals = pendingProposals.incrementAndGet();
    long bytes = pendingBytes.addAndGet(proposal.sizeBytes);
    boolean fits =
        proposals <= settings.maxPendingProposals() && bytes <= settings.maxPendingBytes();
    if (!fits && proposals > 1) {
      release(1, proposal.sizeBytes);
      return false;
    }
    queue.offer(proposal);
    return true;
  }

  /**
   * False as soon as an offer has begun to take its place, which it does with a volatile write: see
   * {@code RaftThread}.
   */
  public boolean isEmpty() {
    return queue.isEmpty();
  }

  /** The next batch, as large as the queue and the settings allow; null if the queue is empty. */
  public synchronized @Nullable Batch nextBatch() {
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

  /** Fails the queued proposals that were made before {@code madeNanos}. */
  public synchronized void expire(long madeNanos) {
    Proposal oldest = queue.peek();
    while (oldest != null && oldest.madeNanos - madeNanos < 0) {
      queue.poll();
      release(1, oldest.sizeBytes);
      failedProposals.incrementAndGet();
      oldest.completeExceptionally(new RequestException(ErrorCode.TIMEOUT));
      oldest = queue.peek();
    }
  }

  /** Answers the proposals of a batch, in order. */
  public void complete(Batch batch, List<Result> results) {
    List<Proposal> proposals = batch.proposals;
    release(proposals.size(), batch.sizeBytes);
    for (int i = 0; i < proposals.size(); i++) {
      proposals.get(i).complete(results.get(i));
    }
  }

  public void fail(Batch batch, ErrorCode code) {
    release(batch.proposals.size(), batch.sizeBytes);
    failedProposals.addAndGet(batch.proposals.size());
    RequestException reason = new RequestException(code);
    for (Proposal proposal : batch.proposals) {
      proposal.completeExceptionally(reason);
    }
  }

  /**
   * Fails the proposals of a batch in flight, without releasing them: the Raft thread still does
   * that when it comes back to the batch. Any thread.
   */
  public void timeOut(Batch batch) {
    RequestException reason = new RequestException(ErrorCode.TIMEOUT);
    for (Proposal proposal : batch.proposals) {
      if (proposal.completeExceptionally(reason)) {
        failedProposals.incrementAndGet();
      }
    }
  }

  /** Fails everything queued. Any thread. */
  public void failAll(ErrorCode code) {
    for (Batch batch = nextBatch(); batch != null; batch = nextBatch()) {
      fail(batch, code);
    }
  }

  public long pendingProposals() {
    return pendingProposals.get();
  }

  public long failedProposals() {
    return failedProposals.get();
  }

  private void release(int proposals, long bytes) {
    pendingProposals.addAndGet(-proposals);
    pendingBytes.addAndGet(-bytes);
  }
}
