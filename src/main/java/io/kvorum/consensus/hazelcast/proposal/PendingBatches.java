package io.kvorum.consensus.hazelcast.proposal;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue.Batch;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives the batches of this member to the leader, itself or another, and keeps each until the entry
 * that carries it is applied.
 *
 * <p>A leader puts a batch only into an entry of the term in which it was given to it. So once an
 * entry of a later term is applied, a batch that has not been seen never will be: it can be given
 * to the new leader, and nothing is executed twice.
 *
 * <pre>
 *   given in term 3        entry of term 3: answered
 *   given in term 3        entry of term 4, and still pending: given again, in term 4
 * </pre>
 *
 * <p>To another leader, batches are forwarded in order; one that the transport did not take, and
 * all after it, are sent again. The leader takes each number once in a term.
 *
 * <p>Confined to the Raft thread, except {@link #timeOutAll}. Held by: ForwardingTest,
 * RaftConsensusTest, ClusterSimulation.
 */
public final class PendingBatches {
  private static final long NONE = Long.MAX_VALUE;

  private final long origin;
  private final ProposalQueue proposals;
  private final CommandCodec codec;
  private final PeerTransport transport;
  private final ConcurrentSkipListMap<Long, Batch> given = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<Batch> toGiveAgain = new ConcurrentLinkedQueue<>();
  private long lastSequence;

  /** The first batch that was given and not sent; nothing given after it was sent either. */
  private long firstUnsent = NONE;

  /**
   * @param origin distinguishes this life of the member from all others, of all members
   */
  public PendingBatches(
      long origin, ProposalQueue proposals, CommandCodec codec, PeerTransport transport) {
    this.origin = origin;
    this.proposals = proposals;
    this.codec = codec;
    this.transport = transport;
  }

  public long origin() {
    return origin;
  }

  // ------------------------------------------------------------------ giving

  public boolean hasNext() {
    return !toGiveAgain.isEmpty() || !proposals.isEmpty();
  }

  /**
   * The next batch to be given to a leader; null if there is none. It gets a new number each time,
   * so that a late answer of an earlier leader is not taken for one of this leader.
   */
  public @Nullable Batch next() {
    Batch again = toGiveAgain.poll();
    Batch batch = again != null ? again : proposals.nextBatch();
    if (batch != null) {
      batch.number(++lastSequence);
    }
    return batch;
  }

  /** The batch is with the leader of that term, or on its way there. */
  public void given(Batch batch, int term) {
    batch.givenIn(term);
    given.put(batch.sequence(), batch);
  }

  /** A leader has certainly not put the batch into its log, and will not. */
  public void giveAgain(Batch batch) {
    if (given.remove(batch.sequence(), batch)) {
      toGiveAgain.add(batch);
    }
  }

  // ------------------------------------------------------------------ forwarding

  /** Whether batches must be sent again before the next one is given. */
  public boolean isHeldUp() {
    return firstUnsent != NONE;
  }

  /** A snapshot was installed, and pending batches have failed: none is left to be sent again. */
  public void forgetUnsent() {
    firstUnsent = NONE;
  }

  /**
   * Forwards what waits.
   *
   * @return whether there was anything
   */
  public boolean forwardNext(long leaderId, int term) {
    boolean busy = false;
    while (!isHeldUp() && hasNext()) {
      Batch batch = next();
      if (batch != null) {
        busy = true;
        given(batch, term);
        forward(leaderId, term, batch);
      }
    }
    return busy;
  }

  /** Sends everything unanswered again: the connection is new, and messages may have been lost. */
  public void forwardAgain(long leaderId, int term) {
    forwardFrom(0, leaderId, term);
  }

  /** Continues with the first batch that the transport did not take. */
  public void forwardUnsent(long leaderId, int term) {
    if (isHeldUp()) {
      forwardFrom(firstUnsent, leaderId, term);
    }
  }

  private void forwardFrom(long sequence, long leaderId, int term) {
    firstUnsent = NONE;
    List<Batch> unanswered = new ArrayList<>();
    for (Batch batch : given.tailMap(sequence, true).values()) {
      if (batch.term() == term) {
        unanswered.add(batch);
      }
    }
    for (Batch batch : unanswered) {
      forward(leaderId, term, batch);
      if (isHeldUp()) {
        return;
      }
    }
  }

  private void forward(long leaderId, int term, Batch batch) {
    PeerMessage forward =
        new PeerMessage.Forward(
            term, origin, batch.sequence(), batch.commands().size(), batch.encoded(codec));
    if (!transport.send(leaderId, forward)) {
      firstUnsent = batch.sequence();
    }
  }

  // ------------------------------------------------------------------ answers

  /** An entry with this batch was applied. */
  public void applied(long sequence, List<Result> results) {
    Batch batch = given.remove(sequence);
    if (batch != null) {
      proposals.complete(batch, results);
    }
  }

  /** An entry of that term was applied: batches of earlier terms are in no entry. */
  public void termReached(long term) {
    if (given.isEmpty() || given.firstEntry().getValue().term() >= term) {
      return;
    }
    for (Batch batch : List.copyOf(given.values())) {
      if (batch.term() < term) {
        giveAgain(batch);
      }
    }
  }

  public void refused(long sequence, ErrorCode reason) {
    Batch batch = given.remove(sequence);
    if (batch != null) {
      proposals.fail(batch, reason);
    }
  }

  /** Entries were skipped by a snapshot: whether the batches were in them is unknown. */
  public void entriesSkipped() {
    failGiven(ErrorCode.LEADER_CHANGED);
  }

  /**
   * Fails what was proposed before {@code madeNanos}.
   *
   * @param term the current one; a batch given in an earlier one waits for a leader that failed
   */
  public void expire(long madeNanos, int term) {
    for (Batch batch : given.values()) {
      if (batch.madeNanos() - madeNanos < 0 && given.remove(batch.sequence(), batch)) {
        boolean leaderFailed = batch.term() < term;
        proposals.fail(batch, leaderFailed ? ErrorCode.TIMEOUT_LEADER_FAILED : ErrorCode.TIMEOUT);
      }
    }
    Batch again = toGiveAgain.peek();
    while (again != null && again.madeNanos() - madeNanos < 0) {
      toGiveAgain.remove();
      proposals.fail(again, ErrorCode.TIMEOUT_LEADER_FAILED);
      again = toGiveAgain.peek();
    }
    proposals.expire(madeNanos);
  }

  /** Fails everything pending while a stalled disk keeps the Raft thread. Any thread. */
  public void timeOutAll() {
    proposals.failAll(ErrorCode.TIMEOUT);
    given.values().forEach(proposals::timeOut);
    toGiveAgain.forEach(proposals::timeOut);
  }

  /** The member stops: fails everything that was given, or is to be given again. */
  public void stop() {
    failGiven(ErrorCode.STOPPED);
    for (Batch batch = toGiveAgain.poll(); batch != null; batch = toGiveAgain.poll()) {
      proposals.fail(batch, ErrorCode.STOPPED);
    }
  }

  private void failGiven(ErrorCode reason) {
    for (Batch batch : List.copyOf(given.values())) {
      if (given.remove(batch.sequence(), batch)) {
        proposals.fail(batch, reason);
      }
    }
  }
}
