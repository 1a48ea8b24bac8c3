package io.kvorum.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;

/**
 * What one client writes: puts, transactions, deletes and leases on a few keys that all clients
 * share. Each value is there once. Not thread-safe.
 */
final class RandomWrites {

  static final String PREFIX = "crash/";
  private static final int KEYS = 40;
  private static final long LEASE_SECONDS = 100_000;

  private final String name;
  private final long compactUpTo;
  private final SplittableRandom random;
  private final List<Long> leases = new ArrayList<>();
  private int count;

  /**
   * The writes of a client.
   *
   * @param name of the client, different from all others'
   * @param compactUpTo the latest revision that it may compact to; below 2 for none
   */
  RandomWrites(String name, long compactUpTo, SplittableRandom random) {
    this.name = name;
    this.compactUpTo = compactUpTo;
    this.random = random;
  }

  /**
   * The next write.
   *
   * @param modRevision asks the server when a key was last changed
   */
  Write next(ToLongFunction<String> modRevision) {
    int kind = random.nextInt(100);
    if (kind < 60) {
      return new Write.Put(key(), value(), random.nextInt(4) == 0 ? anyLease() : 0);
    } else if (kind < 75) {
      int first = random.nextInt(KEYS);
      return new Write.Txn(
          new Write.Put(key(first), value() + "-1", 0),
          new Write.Put(key((first + 1) % KEYS), value() + "-2", 0),
          key((first + 2) % KEYS));
    } else if (kind < 85) {
      String key = key();
      return new Write.PutIfUnchanged(key, modRevision.applyAsLong(key), value());
    } else if (kind < 92) {
      return new Write.Delete(key(), Optional.empty());
    } else if (kind < 94) {
      int from = random.nextInt(KEYS - 4);
      return new Write.Delete(key(from), Optional.of(key(from + 4)));
    } else if (kind < 97) {
      long lease = random.nextLong(1, Long.MAX_VALUE);
      return new Write.Grant(lease, LEASE_SECONDS);
    } else if (kind < 99 || compactUpTo < 2) {
      return leases.isEmpty()
          ? new Write.Delete(key(), Optional.empty())
          : new Write.Revoke(leases.remove(random.nextInt(leases.size())));
    }
    return new Write.Compact(random.nextLong(1, compactUpTo + 1));
  }

  /** A write was answered: what it made may be used by later ones. */
  void acknowledged(Write write) {
    if (write instanceof Write.Grant grant) {
      leases.add(grant.lease());
    }
  }

  /** Some key, written or not. */
  String key() {
    return key(random.nextInt(KEYS));
  }

  private static String key(int number) {
    return PREFIX + (char) ('a' + number / 10) + number % 10;
  }

  private String value() {
    return name + "-" + ++count;
  }

  private long anyLease() {
    return leases.isEmpty() ? 0 : leases.get(random.nextInt(leases.size()));
  }
}
