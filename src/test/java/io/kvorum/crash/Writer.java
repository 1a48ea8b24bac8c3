package io.kvorum.crash;

import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A client that writes without a pause until the server is gone, and notes each answer. Confined to
 * its thread.
 */
final class Writer implements Runnable {

  static final String PREFIX = "crash/";
  private static final int KEYS = 40;
  private static final long LEASE_SECONDS = 100_000;

  private final Client client;
  private final Journal journal;
  private final SplittableRandom random;
  private final String name;
  private final long compactUpTo;
  private final List<Long> leases = new ArrayList<>();
  private int count;
  private volatile @Nullable Throwable bug;

  /**
   * A writer to be.
   *
   * @param compactUpTo the latest revision that it may compact to
   */
  Writer(URI endpoint, Journal journal, String name, long compactUpTo, SplittableRandom random) {
    this.client = new Client(endpoint);
    this.journal = journal;
    this.name = name;
    this.compactUpTo = compactUpTo;
    this.random = random;
  }

  @Override
  public void run() {
    try (client) {
      while (attempt(next())) {
        count++;
      }
    } catch (StatusRuntimeException e) {
      if (!Client.leavesOpen(e)) {
        bug = e;
      }
    } catch (RuntimeException e) {
      bug = e;
    }
  }

  /** What went wrong that no crash explains, or null. */
  @Nullable Throwable bug() {
    return bug;
  }

  private boolean attempt(Write write) {
    try {
      OptionalLong revision = client.perform(write);
      journal.acknowledged(write, revision.orElse(0));
      return true;
    } catch (StatusRuntimeException e) {
      if (write instanceof Write.Compact && !Client.leavesOpen(e)) {
        return true; // Another writer has compacted further.
      }
      journal.unanswered(write);
      if (!Client.leavesOpen(e)) {
        bug = e;
      }
      return false;
    }
  }

  private Write next() {
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
      return new Write.PutIfUnchanged(key, client.modRevision(key), value());
    } else if (kind < 92) {
      return new Write.Delete(key(), Optional.empty());
    } else if (kind < 94) {
      int from = random.nextInt(KEYS - 4);
      return new Write.Delete(key(from), Optional.of(key(from + 4)));
    } else if (kind < 97) {
      long lease = random.nextLong(1, Long.MAX_VALUE);
      leases.add(lease);
      return new Write.Grant(lease, LEASE_SECONDS);
    } else if (kind < 99 || compactUpTo < 2) {
      return leases.isEmpty()
          ? new Write.Delete(key(), Optional.empty())
          : new Write.Revoke(leases.remove(random.nextInt(leases.size())));
    }
    return new Write.Compact(random.nextLong(1, compactUpTo + 1));
  }

  private String key() {
    return key(random.nextInt(KEYS));
  }

  private static String key(int number) {
    return PREFIX + (char) ('a' + number / 10) + number % 10;
  }

  private String value() {
    return name + "-" + count;
  }

  private long anyLease() {
    return leases.isEmpty() ? 0 : leases.get(random.nextInt(leases.size()));
  }
}
