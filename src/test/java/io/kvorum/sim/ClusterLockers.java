package io.kvorum.sim;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.service.LockService.Locked;
import io.kvorum.service.Turn;
import io.kvorum.support.Futures;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Contends for locks of a simulated cluster, through one member after the other, and checks them: a
 * lock is granted only to the owner of the oldest key; a call that was given up leaves no key; and
 * when all is well again, every call that waits is answered.
 */
final class ClusterLockers {
  private static final List<String> NAMES = List.of("lock-a", "lock-b");
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int MOST_SECONDS_TO_SETTLE = 90;

  /**
   * Longer than it takes to notice a key that was left behind, so that the lease does not hide it.
   */
  private static final int LEAST_LEASE_SECONDS = 15;

  private static final int MOST_LEASE_SECONDS = 24;

  private final Cluster cluster;
  private final Random random;
  private final int pauseMillis;
  private final List<Locker> lockers = new ArrayList<>();
  private boolean isResting;
  private long leases = 1_000_000;
  private long granted;
  private long waited;
  private long abandoned;
  private long failed;
  private long lost;

  private final class Locker {
    private long lease;
    private String name = NAMES.get(0);

    // A call that has not ended; the member may have.
    private @Nullable Turn<Locked> turn;
    private @Nullable MemberLife through;
    private boolean hasWaited;

    private @Nullable Bytes held;
    private int unlocks;

    // A call that was given up, as long as its key is not in use again.
    private @Nullable Bytes left;
    private @Nullable MemberLife leftAt;

    void act() {
      Turn<Locked> open = turn;
      if (open != null) {
        watch(open);
      } else if (held != null) {
        if (isResting || random.nextInt(3) == 0) {
          unlock(held);
        }
      } else if (!isResting) {
        begin();
      }
    }

    private void begin() {
      MemberLife life = cluster.anyLife();
      if (life == null || life.crashPoint().hasCrashed()) {
        return;
      }
      if (lease == 0 || random.nextInt(30) == 0) {
        lease = ++leases;
        int seconds =
            LEAST_LEASE_SECONDS + random.nextInt(MOST_LEASE_SECONDS - LEAST_LEASE_SECONDS);
        life.services().lease().grant(lease, seconds);
        return;
      }
      name = NAMES.get(random.nextInt(NAMES.size()));
      left = null;
      through = life;
      hasWaited = false;
      turn = life.services().lock().lock(Bytes.utf8(name), lease);
    }

    private void watch(Turn<Locked> open) {
      MemberLife life = through;
      if (life == null || life.member().life() != life || life.crashPoint().hasCrashed()) {
        // The connection is broken, and the member will not clean up.
        turn = null;
      } else if (open.result().isDone()) {
        turn = null;
        take(open);
      } else if (!isResting && random.nextInt(25) == 0) {
        turn = null;
        giveUp(open, life);
      } else {
        hasWaited = true;
      }
    }

    private void giveUp(Turn<Locked> open, MemberLife life) {
      abandoned++;
      left = Bytes.utf8(name + "/" + Long.toString(lease, 16));
      leftAt = life;
      open.abandon();
    }

    private void take(Turn<Locked> ended) {
      if (ended.result().isCompletedExceptionally()) {
        failed++;
        Throwable failure = ended.result().handle((locked, reason) -> reason).join();
        if (!(Futures.cause(failure) instanceof RequestException refusal)) {
          throw new AssertionError("an answer that is no request exception", failure);
        }
        if (refusal.code() == ErrorCode.LEASE_NOT_FOUND
            || refusal.code() == ErrorCode.SESSION_EXPIRED) {
          lease = 0;
        }
        return;
      }
      Locked locked = ended.result().join();
      check(locked);
      granted++;
      waited += hasWaited ? 1 : 0;
      ended.delivered();
      held = locked.key();
      unlocks = 0;
    }

    /** Nobody can have got ahead since: what comes later has a later create revision. */
    private void check(Locked locked) {
      List<KeyValue> oldest =
          cluster.history().model().rangeAsOf(locked.revision(), oldest(name)).kvs();
      if (oldest.isEmpty() || !oldest.get(0).key().equals(locked.key())) {
        throw new AssertionError(
            "%s was granted at %d, where the oldest is %s"
                .formatted(locked.key(), locked.revision(), oldest));
      }
    }

    /** Again and again until one attempt is answered; the next lock is another lease's. */
    private void unlock(Bytes key) {
      MemberLife life = cluster.anyLife();
      if (life == null) {
        return;
      }
      boolean isFirst = ++unlocks == 1;
      life.services()
          .lock()
          .unlock(key)
          .whenComplete(
              (deleted, failure) -> {
                if (failure == null && key.equals(held)) {
                  held = null;
                  lease = 0;
                  lost += isFirst && deleted.deleted() == 0 ? 1 : 0;
                }
              });
    }

    /** What it still waits for; empty if nothing. */
    private String trouble() {
      if (turn != null) {
        return "a call for %s waits at member %d".formatted(name, through.member().id());
      }
      if (held != null) {
        return held + " is held";
      }
      MemberLife life = leftAt;
      boolean isThere =
          left != null
              && life != null
              && life.member().life() == life
              && !cluster.history().model().range(single(left)).kvs().isEmpty();
      return isThere ? left + " was left behind" : "";
    }
  }

  ClusterLockers(Cluster cluster, Random random) {
    this.cluster = cluster;
    this.random = random;
    this.pauseMillis = 5 + random.nextInt(200);
    for (int left = random.nextInt(6); left > 0; left--) {
      lockers.add(new Locker());
    }
  }

  private static RangeQuery oldest(String name) {
    return new RangeQuery(
        new KeyRange(Bytes.utf8(name + "/"), Bytes.utf8(name + "0")),
        0,
        1,
        RangeQuery.SortTarget.CREATE,
        RangeQuery.SortOrder.ASCEND,
        RangeQuery.RevisionBounds.NONE,
        RangeQuery.Projection.FULL);
  }

  private static RangeQuery single(Bytes key) {
    return RangeQuery.of(KeyRange.single(key));
  }

  void begin() {
    cluster
        .schedule()
        .afterMillis(
            random.nextInt(2 * pauseMillis),
            () -> {
              lockers.forEach(Locker::act);
              begin();
            });
  }

  /** No call is begun or given up any more. */
  void rest() {
    isResting = true;
  }

  /** Waits until each call has been answered, and each lock unlocked. */
  void settle() {
    String trouble = "";
    for (int second = 0; second < MOST_SECONDS_TO_SETTLE; second++) {
      trouble =
          lockers.stream()
              .map(Locker::trouble)
              .filter(words -> !words.isEmpty())
              .findFirst()
              .orElse("");
      if (trouble.isEmpty()) {
        return;
      }
      cluster.runUntil(cluster.schedule().getAsLong() + NANOS_PER_SECOND);
    }
    throw new AssertionError("a lock does not come to rest: " + trouble + "; " + cluster);
  }

  void count(ClusterCounts counts) {
    counts.add("locks granted", granted);
    counts.add("locks granted after a wait", waited);
    counts.add("calls for locks given up", abandoned);
    counts.add("calls for locks that failed", failed);
    counts.add("locks lost before they were unlocked", lost);
  }
}
