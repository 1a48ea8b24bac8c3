package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.QueryPolicy;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads that wait for the leader to confirm that it leads, and at which index: one round for all
 * that wait, with the other members if this one leads, with the leader if not. Then each read waits
 * until that index is applied here.
 *
 * <p>There is never more than one round under way. The engine would let a query join a round whose
 * heartbeats were sent before the query came, and an acknowledgement of those says nothing about
 * now. A round that comes to nothing is repeated: a read does no harm.
 *
 * <p>Confined to the engine thread, but for what says otherwise.
 */
final class ReadBarrier {
  private static final int CHUNK = 1_024;

  /** A read that waits here, or the round of another member, which waits there. */
  private static final class Read {
    private final @Nullable CompletableFuture<Void> future;
    private final long madeNanos;
    private final long askerId;
    private final PeerMessage.@Nullable ReadIndexRequest asked;
    private long index;

    private Read(CompletableFuture<Void> future, long madeNanos) {
      this.future = future;
      this.madeNanos = madeNanos;
      this.askerId = 0;
      this.asked = null;
    }

    private Read(long askerId, PeerMessage.ReadIndexRequest asked, long madeNanos) {
      this.future = null;
      this.madeNanos = madeNanos;
      this.askerId = askerId;
      this.asked = asked;
    }

    private void fail(ErrorCode code) {
      if (future != null) {
        future.completeExceptionally(new RequestException(code));
      }
    }
  }

  private final long origin;
  private final PeerTransport transport;
  private final FailureLatch failure;
  private final EngineRunner runner;
  private final long patienceNanos;
  private final MpscUnboundedAtomicArrayQueue<Read> waiting =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);
  private final PriorityQueue<Read> confirmed =
      new PriorityQueue<>((a, b) -> Long.compare(a.index, b.index));
  private List<Read> gathered = new ArrayList<>();
  private @Nullable List<Read> underWay;
  private long round;
  private long roundLeaderId;
  private int roundTerm;
  private long roundBeganNanos;
  private boolean mustPause;

  ReadBarrier(
      long origin,
      PeerTransport transport,
      FailureLatch failure,
      EngineRunner runner,
      long patienceNanos) {
    this.origin = origin;
    this.transport = transport;
    this.failure = failure;
    this.runner = runner;
    this.patienceNanos = patienceNanos;
  }

  /** Any thread. */
  CompletableFuture<Void> enqueue() {
    CompletableFuture<Void> read = new CompletableFuture<>();
    waiting.offer(new Read(read, runner.nanoTime()));
    return read;
  }

  /** Another member asks this one, which leads, for the index. */
  void enqueue(long askerId, PeerMessage.ReadIndexRequest asked) {
    gathered.add(new Read(askerId, asked, runner.nanoTime()));
  }

  /** Whether a round can begin. */
  boolean hasNextRound() {
    return underWay == null && !mustPause && !(waiting.isEmpty() && gathered.isEmpty());
  }

  /** Some time has passed since a round came to nothing, or something has changed. */
  void resume() {
    mustPause = false;
  }

  private List<Read> beginRound() {
    List<Read> reads = gathered;
    gathered = new ArrayList<>();
    waiting.drain(reads::add);
    underWay = reads;
    round++;
    roundBeganNanos = runner.nanoTime();
    return reads;
  }

  /** Begins a round with the other members; this one leads. */
  @SuppressWarnings("unchecked") // The engine's futures are raw; a query gives the committed index.
  void ask(RaftNodeImpl node) {
    List<Read> reads = beginRound();
    roundLeaderId = 0;
    EngineFuture<Object> query =
        (EngineFuture<Object>) node.query(EngineIntegration.BARRIER, QueryPolicy.LINEARIZABLE);
    query.whenComplete(
        (index, refusal) -> {
          if (underWay != reads) {
            return;
          }
          if (refusal == null) {
            finish((Long) index);
            return;
          }
          if (EngineErrors.codeOf(refusal) == null) {
            failure.record(refusal);
          }
          repeat();
        });
  }

  /** Begins a round with the leader. */
  void ask(long leaderId, int term) {
    beginRound();
    roundLeaderId = leaderId;
    roundTerm = term;
    if (!transport.send(leaderId, new PeerMessage.ReadIndexRequest(origin, round))) {
      repeat();
    }
  }

  /** The leader's answer. */
  void answered(long senderId, PeerMessage.ReadIndexResponse answer) {
    if (isAnswer(senderId, answer.origin(), answer.sequence())) {
      finish(answer.index());
    }
  }

  void refused(long senderId, PeerMessage.ReadIndexRefused refusal) {
    if (isAnswer(senderId, refusal.origin(), refusal.sequence())) {
      repeat();
    }
  }

  private boolean isAnswer(long senderId, long answeredOrigin, long sequence) {
    return underWay != null
        && senderId == roundLeaderId
        && answeredOrigin == origin
        && sequence == round;
  }

  /** The leader is another one now, or nobody, or cannot be reached: it will not answer. */
  void leaderIs(long leaderId, int term) {
    boolean lost = roundLeaderId != 0 && (roundLeaderId != leaderId || roundTerm != term);
    if (underWay != null && lost) {
      repeat();
    }
  }

  /** What was sent last may not have arrived. */
  void disconnected(long memberId) {
    if (underWay != null && roundLeaderId == memberId) {
      repeat();
    }
  }

  private void finish(long index) {
    List<Read> reads = underWay == null ? List.of() : underWay;
    underWay = null;
    for (Read read : reads) {
      PeerMessage.ReadIndexRequest asked = read.asked;
      if (asked != null) {
        boolean unused =
            transport.send(
                read.askerId,
                new PeerMessage.ReadIndexResponse(asked.origin(), asked.sequence(), index));
      } else {
        read.index = index;
        confirmed.add(read);
      }
    }
  }

  /** The reads of this member wait for the next round; those of others ask anew. */
  private void repeat() {
    List<Read> reads = underWay == null ? List.of() : underWay;
    underWay = null;
    mustPause = true;
    for (Read read : reads) {
      PeerMessage.ReadIndexRequest asked = read.asked;
      if (asked == null) {
        gathered.add(read);
      } else {
        boolean unused =
            transport.send(
                read.askerId,
                new PeerMessage.ReadIndexRefused(
                    asked.origin(), asked.sequence(), ErrorCode.NOT_LEADER));
      }
    }
  }

  /** Everything up to that index is visible to local reads. */
  void applied(long index) {
    Read next = confirmed.peek();
    while (next != null && next.index <= index) {
      confirmed.remove();
      if (next.future != null) {
        next.future.complete(null);
      }
      next = confirmed.peek();
    }
  }

  /** Fails the reads that have waited for too long, and repeats a round that has. */
  void expire() {
    long now = runner.nanoTime();
    if (underWay != null && roundLeaderId != 0 && now - roundBeganNanos > patienceNanos / 4) {
      repeat();
    }
    waiting.drain(gathered::add);
    gathered.removeIf(read -> isTooOld(read, now));
    confirmed.removeIf(read -> isTooOld(read, now));
    if (underWay != null) {
      underWay.removeIf(read -> isTooOld(read, now));
    }
  }

  private boolean isTooOld(Read read, long now) {
    boolean tooOld = now - read.madeNanos > patienceNanos;
    if (tooOld) {
      read.fail(ErrorCode.TIMEOUT);
    }
    return tooOld;
  }

  /** Whether {@link #expire} may have something to do. */
  boolean isIdle() {
    return underWay == null && confirmed.isEmpty() && gathered.isEmpty() && waiting.isEmpty();
  }

  /** Fails whatever waits. Only when no engine thread begins rounds any more; any thread then. */
  synchronized void failAll(ErrorCode code) {
    List<Read> reads = new ArrayList<>(gathered);
    gathered = new ArrayList<>();
    if (underWay != null) {
      reads.addAll(underWay);
      underWay = null;
    }
    reads.addAll(confirmed);
    confirmed.clear();
    waiting.drain(reads::add);
    reads.forEach(read -> read.fail(code));
  }
}
