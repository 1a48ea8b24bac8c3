package io.kvorum.consensus.hazelcast.replica;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.hazelcast.core.FailureLatch;
import io.kvorum.consensus.hazelcast.core.HazelcastErrors;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import io.kvorum.consensus.hazelcast.core.RaftView;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue.Batch;
import io.kvorum.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Appends batches to the leader's log, its own and those forwarded by other members: one entry for
 * all that wait, as soon as a follower is idle. While the last entry is on its way to all of them,
 * the next one gathers.
 *
 * <p>Each forwarded batch is taken once in a term, however often it arrives. A leader has at most
 * twice {@link RaftSettings#maxPendingBytes} uncommitted, and one more entry.
 *
 * <p>Confined to the Raft thread. Held by: LeaderAppenderTest, ClusterSimulation.
 */
final class LeaderAppender {
  private final RaftCore core;
  private final RaftSettings settings;
  private final EntryCodec codec;
  private final PendingBatches pending;
  private final PeerTransport transport;
  private final LongPredicate isReachable;
  private final FailureLatch failure;
  private final Forwarded forwarded = new Forwarded();
  private final UncommittedBytes uncommitted = new UncommittedBytes();

  LeaderAppender(LoopContext context, RaftCore core) {
    this.core = core;
    this.settings = context.settings();
    this.codec = context.codec();
    this.pending = context.pending();
    this.transport = context.ports().transport();
    this.isReachable = transport::isReachable;
    this.failure = context.failure();
  }

  /** Takes a batch of another member, unless its term is over or it was taken before. */
  void receive(long sender, PeerMessage.Forward forward) {
    if (!core.isLeader()) {
      return;
    }
    forwarded.beginTerm(core.term());
    if (!forwarded.take(forward)) {
      boolean unused =
          transport.send(
              sender,
              new PeerMessage.ForwardRefused(
                  forward.origin(), forward.sequence(), ErrorCode.TOO_MANY_REQUESTS));
    }
  }

  /**
   * Appends the next entry.
   *
   * @return false if no batch waits, or the entry would have to wait
   */
  boolean appendNext() {
    int term = core.term();
    forwarded.beginTerm(term);
    if ((!pending.hasNext() && forwarded.isEmpty()) || !canAppend()) {
      return false;
    }
    List<EntryCodec.Part> parts = new ArrayList<>(1);
    Batch batch = pending.next();
    if (batch != null) {
      parts.add(
          EntryCodec.Part.of(
              pending.origin(),
              batch.sequence(),
              batch.commands(),
              batch.encoded(codec.commands())));
      pending.given(batch, term);
    }
    forwarded.addTo(parts, settings.maxBatchBytes());
    if (parts.isEmpty()) {
      return false;
    }
    append(parts, batch);
    return true;
  }

  /**
   * Whether an entry would be taken, and sent to a follower at once. A follower that cannot be
   * reached does not count: nothing is ever on its way to it, so that it always looks idle.
   */
  boolean canAppend() {
    return core.canAppend()
        && uncommitted.sum(core) <= 2 * settings.maxPendingBytes()
        && (core.isSoleVoter() || core.hasIdleFollower(isReachable));
  }

  private void append(List<EntryCodec.Part> parts, @Nullable Batch batch) {
    byte[] payload = codec.encode(core.commitIndex(), parts);
    long last = core.lastIndex();
    var appended = core.append(LogOperation.made(parts, payload));
    if (core.lastIndex() > last) {
      uncommitted.add(core, last + 1, payload.length);
    }
    var unused = appended.whenComplete((index, refusal) -> end(batch, refusal));
  }

  /** Results come with the applied entry; this is about entries that give none, or may not. */
  private void end(@Nullable Batch batch, @Nullable Throwable refusal) {
    if (refusal == null) {
      return;
    }
    ErrorCode code = HazelcastErrors.codeOf(refusal);
    if (code == null) {
      failure.record(refusal);
    } else if (code != ErrorCode.LEADER_CHANGED && batch != null) {
      pending.giveAgain(batch);
    }
  }

  /** The batches of other members that wait for an entry of this term. */
  private final class Forwarded {
    private final ArrayDeque<EntryCodec.Part> waiting = new ArrayDeque<>();
    private final Map<Long, Numbers> seenOf = new HashMap<>();
    private int term;
    private long waitingBytes;

    void beginTerm(int newTerm) {
      if (newTerm != term) {
        term = newTerm;
        waiting.clear();
        waitingBytes = 0;
        seenOf.clear();
      }
    }

    /**
     * @return false if too many bytes wait; true also if the batch is of no use here
     */
    boolean take(PeerMessage.Forward forward) {
      if (forward.term() != term
          || !seenOf
              .computeIfAbsent(forward.origin(), origin -> new Numbers())
              .add(forward.sequence())) {
        return true;
      }
      int size = forward.commands().length;
      if (waitingBytes > 0 && waitingBytes + size > settings.maxPendingBytes()) {
        return false;
      }
      waitingBytes += size;
      waiting.add(
          EntryCodec.Part.encoded(
              forward.origin(), forward.sequence(), forward.count(), forward.commands()));
      return true;
    }

    boolean isEmpty() {
      return waiting.isEmpty();
    }

    /** Moves batches into an entry: the first always, others while they fit into the room. */
    void addTo(List<EntryCodec.Part> parts, long roomBytes) {
      long room = roomBytes;
      boolean isFirst = true;
      EntryCodec.Part part = waiting.peek();
      while (part != null && (isFirst || part.encoded().length <= room)) {
        waiting.remove();
        parts.add(part);
        int size = part.encoded().length;
        waitingBytes -= size;
        room -= size;
        isFirst = false;
        part = waiting.peek();
      }
    }
  }

  /** A set of numbers that mostly come in order, as runs: the first of each run to its last. */
  private static final class Numbers {
    private final TreeMap<Long, Long> runs = new TreeMap<>();

    boolean add(long number) {
      Map.Entry<Long, Long> below = runs.floorEntry(number);
      if (below != null && below.getValue() >= number) {
        return false;
      }
      long first = below != null && below.getValue() == number - 1 ? below.getKey() : number;
      Long after = runs.remove(number + 1);
      runs.put(first, after == null ? number : after);
      return true;
    }
  }

  /**
   * The bytes that this leader has appended in its term and that are not committed yet. Hazelcast
   * limits uncommitted entries by their number, but their sizes differ a thousandfold.
   */
  private static final class UncommittedBytes {
    private record Appended(long index, int bytes) {}

    private final ArrayDeque<Appended> entries = new ArrayDeque<>();
    private int term;
    private long sum;

    void add(RaftView core, long index, int bytes) {
      beginTerm(core.term());
      entries.add(new Appended(index, bytes));
      sum += bytes;
    }

    long sum(RaftView core) {
      beginTerm(core.term());
      long committed = core.commitIndex();
      for (Appended first = entries.peek();
          first != null && first.index() <= committed;
          first = entries.peek()) {
        sum -= first.bytes();
        entries.remove();
      }
      return sum;
    }

    private void beginTerm(int newTerm) {
      if (newTerm != term) {
        term = newTerm;
        entries.clear();
        sum = 0;
      }
    }
  }
}
