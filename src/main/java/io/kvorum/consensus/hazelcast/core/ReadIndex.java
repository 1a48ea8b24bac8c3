package io.kvorum.consensus.hazelcast.core;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes reads linearizable (thesis §6.4): a round confirms an index that holds every write
 * acknowledged before the round began, and a read is done once that index is applied here. The
 * leader confirms with its followers, any other member with the leader.
 *
 * <pre>
 *   enqueue ── round begins ── index confirmed ── index applied: done
 *      ^____________ round failed
 * </pre>
 *
 * <p>One round serves all reads that wait when it begins, and there is never more than one.
 * Hazelcast would let a query join a round whose heartbeats were sent before the query arrived, and
 * an acknowledgement of those proves nothing about now. A round that fails is repeated after a
 * pause: a read changes nothing.
 *
 * <p>Any thread enqueues; {@link #timeOutAll} and {@link #failAll} may be called from other threads
 * too; everything else is confined to the Raft thread. The monitor guards the lists of reads; it is
 * taken once for a round, not for a read, and nothing is completed under it.
 *
 * <p>Held by: ReadIndexTest, StuckDiskTest, CoreSimulation.
 */
public final class ReadIndex {
  private static final int CHUNK = 1_024;

  /** A read of this member. */
  private static final class Read extends CompletableFuture<Void> {
    private final long madeNanos;
    private long index;

    private Read(long madeNanos) {
      this.madeNanos = madeNanos;
    }
  }

  /** A round of another member, which asks this leader for the index. */
  private record RemoteRound(long member, PeerMessage.ReadIndexRequest request, long madeNanos) {}

  private final long origin;
  private final PeerTransport transport;
  private final FailureLatch failure;
  private final LoopRunner runner;
  private final long patienceNanos;
  private final MpscUnboundedAtomicArrayQueue<Read> queue =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);

  private final AtomicLong late = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  // Changed under the monitor, and by the Raft thread alone until the loop has finished.
  private final List<Read> toRepeat = new ArrayList<>();
  private final List<Read> inRound = new ArrayList<>();
  private final PriorityQueue<Read> confirmed =
      new PriorityQueue<>((a, b) -> Long.compare(a.index, b.index));

  private List<RemoteRound> remote = new ArrayList<>();
  private List<RemoteRound> remoteInRound = List.of();
  private boolean isUnderWay;
  private boolean mustPause;
  private long round;
  private long roundBeganNanos;

  /** The leader that was asked; 0 in a round that this leader confirms with its followers. */
  private long roundLeader;

  private int roundTerm;

  /**
   * @param origin distinguishes this life of the member from all others, of all members
   */
  public ReadIndex(
      long origin,
      PeerTransport transport,
      FailureLatch failure,
      LoopRunner runner,
      RaftSettings settings) {
    this.origin = origin;
    this.transport = transport;
    this.failure = failure;
    this.runner = runner;
    this.patienceNanos = settings.patienceMillis() * 1_000_000;
  }

  /** Any thread; the runner must be woken. */
  public CompletableFuture<Void> enqueue() {
    Read read = new Read(runner.nanoTime());
    queue.offer(read);
    return read;
  }

  /** Another member asks this leader for the index. */
  public void enqueue(long member, PeerMessage.ReadIndexRequest request) {
    remote.add(new RemoteRound(member, request, runner.nanoTime()));
  }

  // ------------------------------------------------------------------ rounds

  /** Whether a round can begin, and is wanted. */
  public boolean hasNext() {
    return !isUnderWay && !mustPause && (wantsRound() || !remote.isEmpty());
  }

  private boolean wantsRound() {
    return !queue.isEmpty() || !toRepeat.isEmpty();
  }

  /** Ends the pause after a failed round: time has passed, or a connection is new. */
  public void resume() {
    mustPause = false;
  }

  /** Begins a round with the followers of this leader. */
  public void confirmWithFollowers(RaftCore core) {
    begin();
    roundLeader = 0;
    long thisRound = round;
    var unused =
        core.confirmLeadership()
            .whenComplete(
                (index, refusal) -> {
                  if (isUnderWay && round == thisRound) {
                    end(index, refusal);
                  }
                });
  }

  private void end(@Nullable Long index, @Nullable Throwable refusal) {
    if (index != null && refusal == null) {
      confirm(index);
      return;
    }
    if (refusal != null && HazelcastErrors.codeOf(refusal) == null) {
      failure.record(refusal);
    }
    fail();
  }

  /** Begins a round with the leader. */
  public void confirmWithLeader(long leaderId, int term) {
    begin();
    roundLeader = leaderId;
    roundTerm = term;
    if (!transport.send(leaderId, new PeerMessage.ReadIndexRequest(origin, round))) {
      fail();
    }
  }

  private void begin() {
    synchronized (this) {
      inRound.addAll(toRepeat);
      toRepeat.clear();
      queue.drain(inRound::add);
    }
    remoteInRound = remote;
    remote = new ArrayList<>();
    isUnderWay = true;
    round++;
    roundBeganNanos = runner.nanoTime();
  }

  /** The leader's answer. */
  public void answered(long sender, PeerMessage.ReadIndexResponse response) {
    if (isOfThisRound(sender, response.origin(), response.sequence())) {
      confirm(response.index());
    }
  }

  public void refused(long sender, PeerMessage.ReadIndexRefused refusal) {
    if (isOfThisRound(sender, refusal.origin(), refusal.sequence())) {
      fail();
    }
  }

  private boolean isOfThisRound(long sender, long answeredOrigin, long sequence) {
    return isUnderWay && sender == roundLeader && answeredOrigin == origin && sequence == round;
  }

  /** Repeats a round with a leader that is no longer the leader of its term: it will not answer. */
  public void observeLeader(long leaderId, int term) {
    if (isUnderWay && roundLeader != 0 && (roundLeader != leaderId || roundTerm != term)) {
      fail();
    }
  }

  /** Repeats a round whose messages may be lost. */
  public void disconnected(long member) {
    if (isUnderWay && roundLeader == member) {
      fail();
    }
  }

  private void confirm(long index) {
    isUnderWay = false;
    synchronized (this) {
      for (Read read : inRound) {
        read.index = index;
        confirmed.add(read);
      }
      inRound.clear();
    }
    answerRemote(
        request -> new PeerMessage.ReadIndexResponse(request.origin(), request.sequence(), index));
  }

  /** Reads of this member wait for the next round; other members ask again. */
  private void fail() {
    isUnderWay = false;
    mustPause = true;
    synchronized (this) {
      toRepeat.addAll(inRound);
      inRound.clear();
    }
    answerRemote(
        request ->
            new PeerMessage.ReadIndexRefused(
                request.origin(), request.sequence(), ErrorCode.NOT_LEADER));
  }

  private void answerRemote(Function<PeerMessage.ReadIndexRequest, PeerMessage> answer) {
    for (RemoteRound it : remoteInRound) {
      boolean unused = transport.send(it.member(), answer.apply(it.request()));
    }
    remoteInRound = List.of();
  }

  // ------------------------------------------------------------------ ends of reads

  /** Everything up to that index is visible to local reads. */
  public void applied(long index) {
    Read next = confirmed.peek();
    if (next == null || next.index > index) {
      return;
    }
    List<Read> done = new ArrayList<>();
    synchronized (this) {
      while (next != null && next.index <= index) {
        done.add(confirmed.remove());
        next = confirmed.peek();
      }
    }
    done.forEach(read -> read.complete(null));
  }

  /** Fails reads that have waited too long, and repeats a round that takes too long. */
  public void expire() {
    if (!isUnderWay && remote.isEmpty() && !wantsRound() && confirmed.isEmpty()) {
      return;
    }
    long now = runner.nanoTime();
    if (isUnderWay && roundLeader != 0 && now - roundBeganNanos > patienceNanos / 4) {
      fail();
    }
    long oldest = now - patienceNanos;
    List<Read> late = new ArrayList<>();
    synchronized (this) {
      queue.drain(toRepeat::add);
      for (var reads : List.of(toRepeat, inRound, confirmed)) {
        reads.removeIf(read -> read.madeNanos - oldest < 0 && late.add(read));
      }
    }
    fail(late, ErrorCode.TIMEOUT);
    remote.removeIf(it -> now - it.madeNanos() > patienceNanos);
  }

  /**
   * Fails all reads while a stalled disk keeps the Raft thread, which finds them done when it
   * returns. Any thread.
   */
  public void timeOutAll() {
    List<Read> all = new ArrayList<>();
    synchronized (this) {
      queue.drain(all::add);
      all.addAll(toRepeat);
      all.addAll(inRound);
      all.addAll(confirmed);
    }
    fail(all, ErrorCode.TIMEOUT);
  }

  /** Fails all reads. Any thread, but only once the loop has finished. */
  public void failAll(ErrorCode code) {
    List<Read> all = new ArrayList<>();
    synchronized (this) {
      queue.drain(all::add);
      for (var reads : List.of(toRepeat, inRound, confirmed)) {
        all.addAll(reads);
        reads.clear();
      }
    }
    fail(all, code);
  }

  private void fail(List<Read> reads, ErrorCode code) {
    if (!reads.isEmpty()) {
      RequestException reason = new RequestException(code);
      AtomicLong count = code == ErrorCode.TIMEOUT ? late : failed;
      for (Read read : reads) {
        if (read.completeExceptionally(reason)) {
          count.incrementAndGet();
        }
      }
    }
  }

  /** How many reads of this member timed out. Any thread. */
  public long late() {
    return late.get();
  }

  /** How many reads of this member failed for another reason. Any thread. */
  public long failed() {
    return failed.get();
  }
}
