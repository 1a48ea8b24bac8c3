package io.kvorum.support;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for the memory that clients make the member hold: requests, results, and answers that
 * have not been written yet. What is taken of it stays below the whole, and below the share of each
 * {@link Account}, except for what {@link Hold#settle} corrects. Thread-safe; nothing blocks.
 *
 * <p>A {@link Hold} that finds no room waits in line, for a limited time. One whose account has
 * used up its share does not stop those behind it. Small amounts do not queue behind large ones,
 * which leave an eighth of the whole to them: a client with small requests does not notice large
 * ones of others.
 *
 * <p>Held by: MemoryBudgetTest.
 */
public final class MemoryBudget {
  /** Up to this many bytes an amount is small. */
  public static final int SMALL_BYTES = 64 << 10;

  private static final int MOST_WAITING = 10_000;

  private final long bytes;
  private final long share;
  private final Executor afterPatience;
  private final AtomicLong used = new AtomicLong();
  private final LongAdder refused = new LongAdder();
  private final Deque<Request> waiting = new ArrayDeque<>(); // guarded by itself
  private volatile int waitingCount;

  /**
   * @param bytes the whole
   * @param share the most that one account may use
   * @param afterPatience runs a task when a request that is made now has waited long enough
   */
  public MemoryBudget(long bytes, long share, Executor afterPatience) {
    if (share > bytes - bytes / 8) {
      throw new IllegalArgumentException("a share of " + share + " of " + bytes + " bytes");
    }
    this.bytes = bytes;
    this.share = share;
    this.afterPatience = afterPatience;
  }

  /** A budget that is never used up, for tests and simulations. */
  public static MemoryBudget unlimited() {
    return new MemoryBudget(Long.MAX_VALUE / 2, Long.MAX_VALUE / 4, task -> {});
  }

  /** An account for a new connection. */
  public Account newAccount() {
    return new Account();
  }

  /**
   * Figures of a budget at one moment.
   *
   * @param waiting requests for room that wait
   * @param refused requests for room that were too large, or have waited too long
   */
  public record Stats(long bytes, long usedBytes, int waiting, long refused) {}

  public Stats stats() {
    return new Stats(bytes, used.get(), waitingCount, refused.sum());
  }

  /** The most that one account may use. */
  public long share() {
    return share;
  }

  public long usedBytes() {
    return used.get();
  }

  /** What one connection uses. Thread-safe. */
  public final class Account {
    private final AtomicLong usedHere = new AtomicLong();

    private Account() {}

    /** Opens the hold of one call. */
    public Hold open() {
      return new Hold(this);
    }

    public long usedBytes() {
      return usedHere.get();
    }

    private boolean tryTake(long amount) {
      if (!BoundedSum.add(usedHere, amount, share)) {
        return false;
      }
      if (!BoundedSum.add(used, amount, amount <= SMALL_BYTES ? bytes : bytes - bytes / 8)) {
        usedHere.addAndGet(-amount);
        return false;
      }
      return true;
    }

    private boolean isUpToShare(long amount) {
      return usedHere.get() + amount > share;
    }

    private void takeAnyway(long amount) {
      usedHere.addAndGet(amount);
      used.addAndGet(amount);
    }

    private void give(long amount) {
      usedHere.addAndGet(-amount);
      used.addAndGet(-amount);
      if (waitingCount > 0) {
        admitWaiting();
      }
    }
  }

  /** What one call uses, until it is closed. Thread-safe. */
  public final class Hold implements AutoCloseable {
    private final Account account;
    private int weight = 1;

    // Guarded by this.
    private long held;
    private boolean isAbandoned;
    private boolean isClosed;
    private @Nullable Request request;

    private Hold(Account account) {
      this.account = account;
    }

    /** Takes more at once, or nothing. */
    public boolean tryTake(long amount) {
      return tryTakeWeighed(amount * weight);
    }

    private synchronized boolean tryTakeWeighed(long amount) {
      if (isAbandoned || !account.tryTake(amount)) {
        return false;
      }
      held += amount;
      return true;
    }

    /**
     * Takes more, as soon as there is room. One at a time. Completes on the thread that makes room.
     *
     * @return fails with {@link RequestException}: ANSWER_TOO_LARGE if it is more than a share,
     *     TOO_MANY_REQUESTS if it has waited too long; with CancellationException if the hold is
     *     abandoned or closed
     */
    public CompletableFuture<Void> take(long unweighed) {
      long amount = unweighed * weight;
      if (amount > share) {
        refused.increment();
        return CompletableFuture.failedFuture(new RequestException(ErrorCode.ANSWER_TOO_LARGE));
      }
      boolean mayOvertake = amount <= SMALL_BYTES || waitingCount == 0;
      if (mayOvertake && tryTakeWeighed(amount)) {
        return CompletableFuture.completedFuture(null);
      }
      Request waiter = new Request(this, amount);
      synchronized (this) {
        if (isAbandoned) {
          return CompletableFuture.failedFuture(isOver());
        }
        if (request != null) {
          throw new IllegalStateException("the call waits for room already");
        }
        request = waiter;
      }
      enqueue(waiter);
      return waiter.granted;
    }

    /** Gives some of it back, in bytes as {@link #bytes} has them. */
    public void give(long amount) {
      synchronized (this) {
        if (isClosed) {
          return;
        }
        if (amount > held) {
          throw new IllegalArgumentException("gives " + amount + " of " + held + " bytes");
        }
        held -= amount;
      }
      account.give(amount);
    }

    /**
     * From now on takes so many bytes for each that is asked for: the face makes more of a result
     * than its bytes. Before anything is taken.
     */
    public void weigh(int bytesForEach) {
      weight = bytesForEach;
    }

    /** Corrects an estimate: holds that much from now on, even if it is too much. */
    public void settle(long amount) {
      long change;
      synchronized (this) {
        if (isClosed) {
          return;
        }
        change = amount - held;
        held = amount;
      }
      if (change > 0) {
        account.takeAnyway(change);
      } else if (change < 0) {
        account.give(-change);
      }
    }

    /** What it holds, weighed. */
    public synchronized long bytes() {
      return held;
    }

    /**
     * Takes no more, and stops waiting: nobody wants the result. What is held stays held until it
     * is closed, since what it was taken for may still be in the making.
     */
    public void abandon() {
      Request abandoned;
      synchronized (this) {
        isAbandoned = true;
        abandoned = request;
        request = null;
      }
      if (abandoned != null && remove(abandoned)) {
        abandoned.granted.completeExceptionally(isOver());
      }
    }

    public synchronized boolean isAbandoned() {
      return isAbandoned;
    }

    /** Gives everything back, and takes no more; again does nothing. */
    @Override
    public void close() {
      abandon();
      long rest;
      synchronized (this) {
        isClosed = true;
        rest = held;
        held = 0;
      }
      if (rest > 0) {
        account.give(rest);
      }
    }

    private CancellationException isOver() {
      return new CancellationException("the call is over");
    }

    private void granted(Request granted) {
      boolean isWanted;
      synchronized (this) {
        isWanted = !isAbandoned;
        if (isWanted) {
          held += granted.amount;
          request = null;
        }
      }
      if (isWanted) {
        granted.granted.complete(null);
      } else {
        account.give(granted.amount);
        granted.granted.completeExceptionally(isOver());
      }
    }

    private void refused(Request late) {
      synchronized (this) {
        request = null;
      }
      refused.increment();
      late.granted.completeExceptionally(new RequestException(ErrorCode.TOO_MANY_REQUESTS));
    }
  }

  /** A place in the line. */
  private record Request(Hold hold, long amount, CompletableFuture<Void> granted) {
    Request(Hold hold, long amount) {
      this(hold, amount, new CompletableFuture<>());
    }

    // Each is a request of its own.

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  private void enqueue(Request request) {
    boolean isInLine;
    synchronized (waiting) {
      isInLine = waiting.size() < MOST_WAITING && waiting.add(request);
      waitingCount = waiting.size();
    }
    if (!isInLine) {
      request.hold().refused(request);
      return;
    }
    afterPatience.execute(
        () -> {
          if (remove(request)) {
            request.hold().refused(request);
          }
        });
    // Room that was made before the request was in line called nobody.
    admitWaiting();
  }

  private boolean remove(Request request) {
    synchronized (waiting) {
      boolean wasInLine = waiting.remove(request);
      waitingCount = waiting.size();
      return wasInLine;
    }
  }

  private void admitWaiting() {
    List<Request> admitted = new ArrayList<>();
    synchronized (waiting) {
      Iterator<Request> line = waiting.iterator();
      while (line.hasNext()) {
        Request request = line.next();
        Account account = request.hold().account;
        if (account.isUpToShare(request.amount())) {
          continue;
        }
        if (!account.tryTake(request.amount())) {
          break;
        }
        line.remove();
        admitted.add(request);
      }
      waitingCount = waiting.size();
    }
    admitted.forEach(request -> request.hold().granted(request));
  }
}
