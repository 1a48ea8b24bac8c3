package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.Compare;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes one call through a queue: puts its key, waits until no older one is left, and makes sure
 * that its own is still there. Thread-safe; nothing blocks, and waiting costs one watch.
 *
 * <p>The face that has started a turn ends it: with {@link #delivered} when the client has the
 * result, with {@link #abandon} when it will not get it. A turn that is abandoned or fails leaves
 * no key: it is deleted, even if the put was still under way, and even if there is no leader for a
 * while. Only a member that stops without a quorum, or is killed, leaves it to the end of its
 * lease.
 *
 * <p>The queue is read anew after each deletion, and whenever the watch ends for another reason. A
 * failure that may pass, such as the loss of the leader, does not end the wait: what decides is the
 * next read, which is linearizable.
 *
 * <p>Held by: LockServiceTest, ElectionServiceTest, ClusterSimulation.
 *
 * @param <R> the result
 */
public final class Turn<R> {
  private final KeyQueue queue;
  private final Contest<R> contest;
  private final CompletableFuture<R> result = new CompletableFuture<>();

  // Guarded by this.
  private boolean isEnded;
  private @Nullable QueuedKey own;
  private Runnable stopWatching = () -> {};

  /**
   * What a call competes for.
   *
   * @param lease 0 to have one granted
   * @param entered runs when the key is in the queue; if it fails, so does the call
   * @param lost the failure of a call whose key has gone when its turn comes
   * @param answer the result, from the key and the revision of the last read
   */
  record Contest<R>(
      Bytes name,
      long lease,
      Bytes value,
      Function<QueuedKey, CompletableFuture<?>> entered,
      ErrorCode lost,
      BiFunction<QueuedKey, Long, R> answer) {}

  Turn(KeyQueue queue, Contest<R> contest) {
    this.queue = queue;
    this.contest = contest;
  }

  /** Completes when it is the call's turn; fails with a {@link RequestException}. */
  public CompletableFuture<R> result() {
    return result;
  }

  /** The client has the result, and with it the key. */
  public void delivered() {
    QueuedKey key = end();
    if (key != null) {
      queue.claims().answered(key.key());
    }
  }

  /** The client has gone, or is answered otherwise; does nothing once the turn has ended. */
  public void abandon() {
    if (!hasEnded()) {
      fail(new CancellationException(), QueuedKey::unwantedIfAbandoned);
    }
  }

  void start() {
    queue
        .leaseOf(contest.lease())
        .whenComplete(
            (lease, failure) -> {
              if (lease == null) {
                fail(failure);
              } else if (!hasEnded()) {
                claim(lease);
              }
            });
  }

  /** Only for who may put the key: a claim delays its deletion on behalf of others. */
  private void claim(long lease) {
    queue
        .mayEnter(contest.name(), lease, contest.value())
        .whenComplete(
            (allowed, refusal) -> {
              if (refusal != null) {
                fail(refusal);
              } else if (!hasEnded()) {
                queue
                    .claims()
                    .claim(KeyQueue.keyOf(contest.name(), lease))
                    .thenRun(() -> enter(lease));
              }
            });
  }

  private void enter(long lease) {
    Bytes key = KeyQueue.keyOf(contest.name(), lease);
    if (hasEnded()) {
      queue.claims().dropped(key, null);
      return;
    }
    Compare putSince = KeyQueue.createdAfter(key, queue.revision());
    queue
        .enter(contest.name(), lease, contest.value())
        .whenComplete(
            (entered, failure) -> {
              if (entered == null) {
                queue
                    .claims()
                    .dropped(
                        key,
                        KeyQueue.leavesOpen(failure) ? queue.deletionIfAllowed(putSince) : null);
                fail(failure);
              } else {
                entered(entered);
              }
            });
  }

  private void entered(QueuedKey key) {
    if (!own(key)) {
      queue.claims().dropped(key.key(), queue.deletionOfOwn(key.unwantedIfAbandoned()));
      return;
    }
    contest
        .entered()
        .apply(key)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                fail(failure, QueuedKey::isStillThere);
              } else if (key.isFirst()) {
                result.complete(contest.answer().apply(key, key.revision()));
              } else {
                look(key);
              }
            });
  }

  /** Reads which key is before this one. */
  private void look(QueuedKey key) {
    if (!hasEnded()) {
      queue
          .lastBefore(contest.name(), key.createRevision())
          .whenComplete(
              (before, failure) ->
                  goOn(before, failure, () -> look(key), () -> follow(key, before)));
    }
  }

  private void follow(QueuedKey key, Result.Range before) {
    if (before.kvs().isEmpty()) {
      check(key);
      return;
    }
    Bytes predecessor = before.kvs().get(0).key();
    Runnable stop = queue.watchUntilDeleted(predecessor, before.revision(), () -> look(key));
    synchronized (this) {
      if (!isEnded) {
        stopWatching = stop;
        return;
      }
    }
    stop.run();
  }

  /** No older key is left: it is this one's turn, if it is still there. */
  private void check(QueuedKey key) {
    if (!hasEnded()) {
      queue
          .find(key.key())
          .whenComplete(
              (found, failure) -> goOn(found, failure, () -> check(key), () -> answer(key, found)));
    }
  }

  private void answer(QueuedKey key, Result.Range found) {
    List<KeyValue> kvs = found.kvs();
    if (!kvs.isEmpty() && kvs.get(0).createRevision() == key.createRevision()) {
      result.complete(contest.answer().apply(key, found.revision()));
    } else {
      fail(new RequestException(contest.lost()));
    }
  }

  private void goOn(
      Result.@Nullable Range read, @Nullable Throwable failure, Runnable repeat, Runnable next) {
    if (failure == null) {
      next.run();
    } else if (KeyQueue.isPassing(failure)) {
      queue.later(repeat);
    } else {
      fail(failure, QueuedKey::isStillThere);
    }
  }

  private synchronized boolean hasEnded() {
    return isEnded;
  }

  /** Takes the key; false if the turn has ended, so that nobody will ask for it. */
  private synchronized boolean own(QueuedKey key) {
    own = key;
    return !isEnded;
  }

  private void fail(Throwable failure) {
    fail(failure, key -> null);
  }

  /** What follows the failure finds that the key is being deleted. */
  private void fail(Throwable failure, Function<QueuedKey, @Nullable Compare> unwanted) {
    QueuedKey key = end();
    if (key != null) {
      queue.claims().dropped(key.key(), queue.deletionOfOwn(unwanted.apply(key)));
    }
    result.completeExceptionally(failure);
  }

  /** Ends the turn; its key, or null if it has none or had ended before. */
  private @Nullable QueuedKey end() {
    QueuedKey key;
    Runnable stop;
    synchronized (this) {
      if (isEnded) {
        return null;
      }
      isEnded = true;
      key = own;
      stop = stopWatching;
    }
    stop.run();
    return key;
  }
}
