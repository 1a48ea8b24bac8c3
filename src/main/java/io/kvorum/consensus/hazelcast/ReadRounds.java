package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.QueryPolicy;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Rounds in which the leader confirms that it leads, and at which index: one for all reads that
 * wait, with the other members if this one leads, with the leader if not.
 *
 * <p>There is never more than one round under way. The engine would let a query join a round whose
 * heartbeats were sent before the query came, and an acknowledgement of those says nothing about
 * now. A round that comes to nothing is repeated after a pause: a read does no harm.
 *
 * <p>Confined to the engine thread.
 */
final class ReadRounds {

  /** The round of another member, which waits there. */
  private record Asked(long askerId, PeerMessage.ReadIndexRequest request, long madeNanos) {}

  private final long origin;
  private final WaitingReads reads;
  private final PeerTransport transport;
  private final FailureLatch failure;
  private final LoopRunner runner;
  private final long patienceNanos;
  private List<Asked> asked = new ArrayList<>();
  private List<Asked> askedUnderWay = List.of();
  private boolean isUnderWay;
  private long round;
  private long roundLeaderId;
  private int roundTerm;
  private long roundBeganNanos;
  private boolean mustPause;

  ReadRounds(
      long origin,
      WaitingReads reads,
      RaftPorts ports,
      FailureLatch failure,
      LoopRunner runner,
      RaftSettings settings) {
    this.origin = origin;
    this.reads = reads;
    this.transport = ports.transport();
    this.failure = failure;
    this.runner = runner;
    this.patienceNanos = settings.patienceMillis() * 1_000_000;
  }

  /** Another member asks this one, which leads, for the index. */
  void enqueue(long askerId, PeerMessage.ReadIndexRequest request) {
    asked.add(new Asked(askerId, request, runner.nanoTime()));
  }

  /** Whether a round can begin. */
  boolean hasNext() {
    return !isUnderWay && !mustPause && (reads.wantRound() || !asked.isEmpty());
  }

  /** Some time has passed since a round came to nothing, or something has changed. */
  void resume() {
    mustPause = false;
  }

  private void begin() {
    reads.take();
    askedUnderWay = asked;
    asked = new ArrayList<>();
    isUnderWay = true;
    round++;
    roundBeganNanos = runner.nanoTime();
  }

  /** Begins a round with the other members; this one leads. */
  @SuppressWarnings("unchecked") // The engine's futures are raw; a query gives the committed index.
  void ask(RaftNodeImpl node) {
    begin();
    roundLeaderId = 0;
    long thisRound = round;
    HazelcastFuture<Object> query =
        (HazelcastFuture<Object>)
            node.query(HazelcastIntegration.BARRIER, QueryPolicy.LINEARIZABLE);
    query.whenComplete(
        (index, refusal) -> {
          if (!isUnderWay || round != thisRound) {
            return;
          }
          if (refusal == null) {
            finish((Long) index);
            return;
          }
          if (HazelcastErrors.codeOf(refusal) == null) {
            failure.record(refusal);
          }
          repeat();
        });
  }

  /** Begins a round with the leader. */
  void ask(long leaderId, int term) {
    begin();
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
    return isUnderWay && senderId == roundLeaderId && answeredOrigin == origin && sequence == round;
  }

  /** The leader is another one now, or nobody, or cannot be reached: it will not answer. */
  void leaderIs(long leaderId, int term) {
    boolean lost = roundLeaderId != 0 && (roundLeaderId != leaderId || roundTerm != term);
    if (isUnderWay && lost) {
      repeat();
    }
  }

  /** What was sent last may not have arrived. */
  void disconnected(long memberId) {
    if (isUnderWay && roundLeaderId == memberId) {
      repeat();
    }
  }

  private void finish(long index) {
    isUnderWay = false;
    reads.confirm(index);
    for (Asked it : askedUnderWay) {
      PeerMessage.ReadIndexRequest request = it.request();
      boolean unused =
          transport.send(
              it.askerId(),
              new PeerMessage.ReadIndexResponse(request.origin(), request.sequence(), index));
    }
    askedUnderWay = List.of();
  }

  /** The reads of this member wait for the next round; those of others ask anew. */
  private void repeat() {
    isUnderWay = false;
    mustPause = true;
    reads.giveBack();
    for (Asked it : askedUnderWay) {
      PeerMessage.ReadIndexRequest request = it.request();
      boolean unused =
          transport.send(
              it.askerId(),
              new PeerMessage.ReadIndexRefused(
                  request.origin(), request.sequence(), ErrorCode.NOT_LEADER));
    }
    askedUnderWay = List.of();
  }

  /** Fails the reads that have waited for too long, and repeats a round that has. */
  void expire() {
    if (!isUnderWay && asked.isEmpty() && reads.isEmpty()) {
      return;
    }
    long now = runner.nanoTime();
    if (isUnderWay && roundLeaderId != 0 && now - roundBeganNanos > patienceNanos / 4) {
      repeat();
    }
    reads.expire(now - patienceNanos);
    asked.removeIf(it -> now - it.madeNanos() > patienceNanos);
  }
}
