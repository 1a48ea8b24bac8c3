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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Contends for locks of a simulated cluster, through one member after the other, and checks them: a
 * lock is granted only to the owner of the oldest key; a call that was given up leaves no key; and
 * when all is well again, every call that waits is answered.
 */
final class ClusterLockers {
  private static final List<String> NAMES = List.of("lock-a", "lock-b");
  private static final long FIRST_LEASE = 1_000_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int MOST_SECONDS_TO_SETTLE = 90;

  /** Enough for a deletion whose first attempt times out. */
  private static final int MOST_SECONDS_TO_DELETE = 15;

  /** So long that it is not the lease that has taken a key along. */
  private static final int LEASE_SECONDS = 60;

  private final Cluster cluster;
  private final Random random;
  private final int pauseMillis;
  private final List<Locker> lockers = new ArrayList<>();
  private boolean isResting;
  private long leases = FIRST_LEASE;
  private long granted;
  private long waited;
  private long abandoned;
  private long failed;
  private long lost;

  private final class Locker {
    private final boolean isPatient = random.nextBoolean();
    private long lease;
    private String name = NAMES.get(0);

    // A call that has not ended; the member may have.
    private @Nullable Turn<Locked> turn;
    private @Nullable MemberLife through;
    private boolean hasWaited;

    private @Nullable Bytes held;
    private int unlocks;

    /** The keys of calls that were given up, until another call uses them. */
    private final Map<Bytes, Left> left = new LinkedHashMap<>();

    /** The members through which the keys were used last. */
    private final Map<Bytes, MemberLife> used = new HashMap<>();

    /**
     * Keys of calls whose end is not known. The next member finds such a key, takes it for that of
     * a holder that asks again if it is first, and leaves it alone.
     */
    private final Set<Bytes> doubtful = new HashSet<>();

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
        life.services().lease().grant(lease, LEASE_SECONDS);
        return;
      }
      name = NAMES.get(random.nextInt(NAMES.size()));
      left.remove(key());
      MemberLife before = used.put(key(), life);
      if (before != null && before != life) {
        doubtful.add(key());
      }
      through = life;
      hasWaited = false;
      turn = life.services().lock().lock(Bytes.utf8(name), lease);
    }

    private void watch(Turn<Locked> open) {
      MemberLife life = through;
      if (life == null || life.member().life() != life || life.crashPoint().hasCrashed()) {
        // The connection is broken, and the member will not clean up.
        turn = null;
        doubtful.add(key());
      } else if (open.result().isDone()) {
        turn = null;
        take(open);
      } else if (!isPatient && !isResting && random.nextInt(25) == 0) {
        turn = null;
        giveUp(open, life);
      } else {
        hasWaited = true;
      }
    }

    private void giveUp(Turn<Locked> open, MemberLife life) {
      abandoned++;
      if (!doubtful.contains(key())) {
        left.put(key(), new Left(life, lease));
      }
      open.abandon();
    }

    private Bytes key() {
      return Bytes.utf8(name + "/" + Long.toString(lease, 16));
    }

    private void take(Turn<Locked> ended) {
      if (ended.result().isCompletedExceptionally()) {
        failed++;
        doubtful.add(key());
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

    private boolean uses(long id) {
      return ((turn != null || held != null) && lease == id)
          || left.values().stream().anyMatch(key -> key.isOwed() && key.lease() == id);
    }

    /** What it still waits for; empty if nothing. */
    private String trouble() {
      if (turn != null && isListed(through)) {
        return "a call for %s waits at member %d".formatted(name, through.member().id());
      }
      return held == null ? "" : held + " is held";
    }

    /** A key that a member should have deleted; empty if there is none. */
    private String leftBehind() {
      return left.entrySet().stream()
          .filter(key -> key.getValue().isOwed() && isListed(key.getValue().life()))
          .filter(key -> isThere(key.getKey()))
          .map(key -> key.getKey() + " was left behind")
          .findFirst()
          .orElse("");
    }
  }

  /** Where a call was given up, and its lease. */
  private record Left(MemberLife life, long lease) {
    /** A member that has ended since does not delete the key. */
    boolean isOwed() {
      return life.member().life() == life;
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

  /**
   * Waits until each call has been answered, each lock unlocked, and each key deleted whose call
   * was given up. What was forgotten with its member is taken away, so that it need not run out.
   */
  void settle() {
    revokeAllThat(id -> lockers.stream().noneMatch(locker -> locker.uses(id)));
    await(MOST_SECONDS_TO_DELETE, () -> firstOf(Locker::leftBehind));
    await(MOST_SECONDS_TO_SETTLE, () -> firstOf(Locker::trouble));
    revokeAllThat(id -> true);
  }

  private void await(int seconds, Supplier<String> question) {
    String trouble = question.get();
    for (int second = 0; second < seconds && !trouble.isEmpty(); second++) {
      cluster.runUntil(cluster.schedule().getAsLong() + NANOS_PER_SECOND);
      trouble = question.get();
    }
    if (!trouble.isEmpty()) {
      throw new AssertionError("a lock does not come to rest: " + trouble + "; " + cluster);
    }
  }

  private String firstOf(Function<Locker, String> question) {
    return lockers.stream().map(question).filter(words -> !words.isEmpty()).findFirst().orElse("");
  }

  private void revokeAllThat(LongPredicate isForgotten) {
    await(
        MOST_SECONDS_TO_SETTLE,
        () -> {
          String left = "";
          for (long id : List.copyOf(cluster.history().model().leases().keySet())) {
            if (id >= FIRST_LEASE && isForgotten.test(id)) {
              cluster.anyLife().services().lease().revoke(id);
              left = "lease " + id + " is not revoked";
            }
          }
          return left;
        });
  }

  /** A removed member that does not know it yet has no leader. */
  private boolean isListed(MemberLife life) {
    return cluster.history().members().all().stream()
        .anyMatch(member -> member.id() == life.member().id());
  }

  private boolean isThere(Bytes key) {
    return !cluster.history().model().range(RangeQuery.of(KeyRange.single(key))).kvs().isEmpty();
  }

  void count(ClusterCounts counts) {
    counts.add("locks granted", granted);
    counts.add("locks granted after a wait", waited);
    counts.add("calls for locks given up", abandoned);
    counts.add("calls for locks that failed", failed);
    counts.add("locks lost before they were unlocked", lost);
  }
}
