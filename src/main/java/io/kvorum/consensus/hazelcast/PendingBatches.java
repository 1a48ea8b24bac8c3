package io.kvorum.consensus.hazelcast;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The batches of this member that were given to a leader, itself or another, and wait for the entry
 * that carries them.
 *
 * <p>A leader puts a batch only into an entry of the term in which it was given to it. So once an
 * entry of a later term is applied, a batch that has not turned up never will: it can be given to
 * the new leader, and nothing happens twice.
 *
 * <pre>
 *   given in term 3        entry of term 3: answered
 *   given in term 3        entry of term 4, and still not there: given again, in term 4
 * </pre>
 *
 * <p>Confined to the engine thread, but for {@link #timeOutAll}.
 */
final class PendingBatches {
  private final long origin;
  private final ProposalQueue proposals;
  private final ConcurrentSkipListMap<Long, Batch> given = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<Batch> toGiveAgain = new ConcurrentLinkedQueue<>();
  private long lastSequence;

  /**
   * @param origin tells this life of the member from all others, of all members
   */
  PendingBatches(long origin, ProposalQueue proposals) {
    this.origin = origin;
    this.proposals = proposals;
  }

  long origin() {
    return origin;
  }

  boolean hasNext() {
    return !toGiveAgain.isEmpty() || !proposals.isEmpty();
  }

  /**
   * The next batch to be given to a leader; null if there is none. It has a new number each time,
   * so that what an earlier leader says of it, late, is not taken for what this one says.
   */
  @Nullable Batch next() {
    Batch again = toGiveAgain.poll();
    Batch batch = again != null ? again : proposals.nextBatch();
    if (batch != null) {
      batch.number(++lastSequence);
    }
    return batch;
  }

  /** The batch is with the leader of that term, or on its way. */
  void given(Batch batch, int term) {
    batch.givenIn(term);
    given.put(batch.sequence(), batch);
  }

  /**
   * What was given to the leader of that term and is not answered yet, in order, from a number on.
   */
  List<Batch> givenIn(int term, long sequence) {
    List<Batch> batches = new ArrayList<>();
    for (Batch batch : given.tailMap(sequence, true).values()) {
      if (batch.term() == term) {
        batches.add(batch);
      }
    }
    return batches;
  }

  /** The leader has certainly not put the batch into its log, and will not. */
  void giveAgain(Batch batch) {
    if (given.remove(batch.sequence(), batch)) {
      toGiveAgain.add(batch);
    }
  }

  /** An entry with this batch was applied. */
  void applied(long sequence, List<Result> results) {
    Batch batch = given.remove(sequence);
    if (batch != null) {
      proposals.complete(batch, results);
    }
  }

  /**
   * An entry of that term was applied: what was given in earlier ones will not turn up any more.
   */
  void termReached(long term) {
    if (given.isEmpty() || given.firstEntry().getValue().term() >= term) {
      return;
    }
    for (Batch batch : List.copyOf(given.values())) {
      if (batch.term() < term) {
        giveAgain(batch);
      }
    }
  }

  void refused(long sequence, ErrorCode reason) {
    Batch batch = given.remove(sequence);
    if (batch != null) {
      proposals.fail(batch, reason);
    }
  }

  /** Entries were skipped, so that nobody knows what became of the batches in them. */
  void entriesSkipped() {
    failGiven(ErrorCode.LEADER_CHANGED);
  }

  /**
   * Fails what was proposed before {@code madeNanos}.
   *
   * @param term that of now; what was given in an earlier one waits for a leader that failed
   */
  void expire(long madeNanos, int term) {
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

  /** Fails everything that waits, while the disk keeps the engine thread. Any thread. */
  void timeOutAll() {
    proposals.failAll(ErrorCode.TIMEOUT);
    given.values().forEach(proposals::timeOut);
    toGiveAgain.forEach(proposals::timeOut);
  }

  /** Fails everything that was given, or is to be given again. */
  void failGiven(ErrorCode reason) {
    for (Batch batch : List.copyOf(given.values())) {
      if (given.remove(batch.sequence(), batch)) {
        proposals.fail(batch, reason);
      }
    }
    if (reason == ErrorCode.STOPPED) {
      for (Batch batch = toGiveAgain.poll(); batch != null; batch = toGiveAgain.poll()) {
        proposals.fail(batch, reason);
      }
    }
  }
}
