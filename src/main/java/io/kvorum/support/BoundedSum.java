package io.kvorum.support;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Adds to sums that have a limit. A sum never exceeds it for a moment, in which others would be
 * refused although there is room for them. Stateless.
 *
 * <p>Held by: MemoryBudgetTest, PresenceTest.
 */
public final class BoundedSum {
  private BoundedSum() {}

  /** False, and nothing has changed, if the sum would exceed the limit. */
  public static boolean add(AtomicLong sum, long amount, long limit) {
    long before = sum.get();
    while (before + amount <= limit) {
      long found = sum.compareAndExchange(before, before + amount);
      if (found == before) {
        return true;
      }
      before = found;
    }
    return false;
  }
}
