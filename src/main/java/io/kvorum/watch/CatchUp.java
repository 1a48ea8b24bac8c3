package io.kvorum.watch;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.support.Log;
import io.kvorum.watch.CatchUpPass.Delivery;
import io.kvorum.watch.CatchUpPass.Outcome;
import io.kvorum.watch.CatchUpPass.Taker;
import io.kvorum.watch.WatchLimits.Budget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds the late watchers and sends them through catch-up passes, one pass at a time. A pass reads
 * on the catch-up thread; everything else is confined to the hub thread.
 *
 * <p>Passes start alternately at the lowest revision that a watcher needs, so that each revision is
 * read about once for all, and near the highest, so that a watcher that is nearly level does not
 * wait for those that are far behind. While the streams of all late watchers are full there is no
 * pass; the next one starts when a stream drains.
 *
 * <p>Held by: WatchCatchUpTest, WatchSimulationTest.
 */
final class CatchUp {
  private static final Log LOG = Log.of(CatchUp.class);
  private static final long RETRY_NANOS = Duration.ofMillis(500).toNanos();

  private final ChangeSource source;
  private final Budget budget;
  private final int maxTakers;
  private final HubRuntime runtime;
  private final Mailbox mailbox;
  private final Dispatcher dispatcher;
  private final Set<Watcher> late = new LinkedHashSet<>();
  private boolean lowestFirst = true;
  private boolean passUnderWay;
  private long nextPassNanos;

  CatchUp(
      ChangeSource source,
      WatchLimits limits,
      HubRuntime runtime,
      Mailbox mailbox,
      Dispatcher dispatcher) {
    this.source = source;
    this.budget = limits.pass();
    this.maxTakers = limits.passWatchers();
    this.runtime = runtime;
    this.mailbox = mailbox;
    this.dispatcher = dispatcher;
  }

  void add(Watcher watcher) {
    watcher.state = Watcher.State.LATE;
    late.add(watcher);
  }

  void remove(Watcher watcher) {
    late.remove(watcher);
  }

  /** Sets it aside until its stream drains. */
  void block(Watcher watcher) {
    watcher.state = Watcher.State.BLOCKED;
    watcher.stream.blocked.add(watcher);
  }

  /** When {@link #startPass} is due without any event; {@code Long.MAX_VALUE} if never. */
  long nextDueNanos() {
    return late.isEmpty() || passUnderWay ? Long.MAX_VALUE : nextPassNanos;
  }

  void startPass(long nowNanos) {
    if (late.isEmpty() || passUnderWay || nowNanos < nextPassNanos) {
      return;
    }
    long compacted = source.compactedRevision();
    for (Watcher watcher : lateBelow(compacted)) {
      dispatcher.cancelCompacted(watcher, compacted);
    }
    takeBlocked().forEach(this::block);
    CatchUpPass pass = nextPass();
    if (pass != null) {
      passUnderWay = true;
      runtime.catchUp().execute(() -> run(pass));
    }
  }

  private List<Watcher> lateBelow(long revision) {
    return late.stream().filter(watcher -> watcher.next < revision).toList();
  }

  /** Takes out those whose streams are full. */
  private List<Watcher> takeBlocked() {
    List<Watcher> blocked = late.stream().filter(watcher -> !watcher.stream.admits()).toList();
    blocked.forEach(late::remove);
    return blocked;
  }

  /** Takes out the watchers of the next pass; null if none is late. */
  private @Nullable CatchUpPass nextPass() {
    if (late.isEmpty()) {
      return null;
    }
    long start = lowestFirst ? lowest(Long.MIN_VALUE) : lowest(highest() - budget.count());
    lowestFirst = !lowestFirst;
    long from = Long.MAX_VALUE;
    List<Taker> takers = new ArrayList<>();
    for (Watcher watcher : late) {
      boolean isInReach = watcher.next >= start && watcher.next - start < budget.count();
      if (isInReach && takers.size() < maxTakers) {
        takers.add(new Taker(watcher, watcher.next));
        from = Math.min(from, watcher.next);
      }
    }
    for (Taker taker : takers) {
      taker.watcher().state = Watcher.State.IN_PASS;
      late.remove(taker.watcher());
    }
    return new CatchUpPass(from, takers, budget);
  }

  /** The lowest revision needed above the given one. */
  private long lowest(long above) {
    long lowest = Long.MAX_VALUE;
    for (Watcher watcher : late) {
      if (watcher.next > above) {
        lowest = Math.min(lowest, watcher.next);
      }
    }
    return lowest;
  }

  private long highest() {
    long highest = Long.MIN_VALUE;
    for (Watcher watcher : late) {
      highest = Math.max(highest, watcher.next);
    }
    return highest;
  }

  /** The catch-up thread. */
  private void run(CatchUpPass pass) {
    try {
      Outcome outcome = pass.run(source);
      if (outcome.lastRevision() < pass.fromRevision()) {
        throw new IllegalStateException("a history that ends at " + outcome.lastRevision());
      }
      mailbox.post(() -> finished(outcome));
    } catch (RuntimeException | Error e) {
      mailbox.post(() -> failed(pass, e));
    }
  }

  private void finished(Outcome outcome) {
    passUnderWay = false;
    List<Watcher> served = new ArrayList<>(outcome.deliveries().size());
    for (Delivery delivery : outcome.deliveries()) {
      Watcher watcher = delivery.watcher();
      if (watcher.state == Watcher.State.GONE) {
        continue;
      }
      if (take(delivery, outcome.lastRevision())) {
        watcher.next = Math.max(watcher.next, outcome.lastRevision() + 1);
        served.add(watcher);
      } else {
        block(watcher);
      }
    }
    dispatcher.place(served);
  }

  private boolean take(Delivery delivery, long lastRevision) {
    if (delivery.events().isEmpty()) {
      return true;
    }
    Watcher watcher = delivery.watcher();
    boolean taken =
        watcher.stream.offer(watcher, delivery.events(), delivery.bytes(), lastRevision);
    if (taken) {
      watcher.lastMessageNanos = runtime.clock().getAsLong();
    }
    return taken;
  }

  /** Puts them back; the next pass cancels those that need a revision compacted meanwhile. */
  private void failed(CatchUpPass pass, Throwable reason) {
    passUnderWay = false;
    for (Taker taker : pass.takers()) {
      if (taker.watcher().state != Watcher.State.GONE) {
        add(taker.watcher());
      }
    }
    boolean compacted =
        reason instanceof RequestException refused && refused.code() == ErrorCode.COMPACTED;
    if (!compacted || source.compactedRevision() <= pass.fromRevision()) {
      nextPassNanos = runtime.clock().getAsLong() + RETRY_NANOS;
      LOG.warning(
          "reading the history from revision {} on for late watchers failed, will retry",
          pass.fromRevision(),
          reason);
    }
  }
}
