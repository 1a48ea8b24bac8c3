package io.kvorum.watch;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.watch.CatchUpPass.Delivery;
import io.kvorum.watch.CatchUpPass.Outcome;
import io.kvorum.watch.CatchUpPass.Taker;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Sends late watchers through catch-up passes, one pass at a time: the reading happens on the
 * catch-up thread, everything else here, on the hub thread.
 *
 * <p>It rests while the streams of all late watchers are full, and starts again when one drains.
 */
final class CatchUp {
  /** What happens to watchers in the end. */
  interface Owner {
    /** They have got everything below what they need next. */
    void place(Collection<Watcher> watchers);

    void cancelCompacted(Watcher watcher, long compactedRevision);
  }

  private static final System.Logger LOG = System.getLogger(CatchUp.class.getName());
  private static final long RETRY_NANOS = Duration.ofMillis(500).toNanos();

  private final WatchSource source;
  private final HubRuntime runtime;
  private final Mailbox mailbox;
  private final Owner owner;
  private final LateWatchers late;
  private boolean passUnderWay;
  private long nextPassNanos;

  CatchUp(
      WatchSource source, WatchLimits limits, HubRuntime runtime, Mailbox mailbox, Owner owner) {
    this.source = source;
    this.runtime = runtime;
    this.mailbox = mailbox;
    this.owner = owner;
    this.late = new LateWatchers(limits);
  }

  void add(Watcher watcher) {
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

  /** When {@link #startPass} will have something to do by itself; far away if never. */
  long nextDueNanos() {
    return late.isEmpty() || passUnderWay ? Long.MAX_VALUE : nextPassNanos;
  }

  void startPass(long nowNanos) {
    if (late.isEmpty() || passUnderWay || nowNanos < nextPassNanos) {
      return;
    }
    long compacted = source.compactedRevision();
    late.waitingBelow(compacted).forEach(watcher -> owner.cancelCompacted(watcher, compacted));
    late.takeBlocked().forEach(this::block);
    CatchUpPass pass = late.nextPass();
    if (pass != null) {
      passUnderWay = true;
      runtime.catchUp().execute(() -> run(pass));
    }
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
    owner.place(served);
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

  /** Puts them back; those that need what is compacted by now are canceled with the next pass. */
  private void failed(CatchUpPass pass, Throwable reason) {
    passUnderWay = false;
    for (Taker taker : pass.takers()) {
      if (taker.watcher().state != Watcher.State.GONE) {
        late.add(taker.watcher());
      }
    }
    boolean compacted =
        reason instanceof RequestException refused && refused.code() == ErrorCode.COMPACTED;
    if (!compacted || source.compactedRevision() <= pass.fromRevision()) {
      nextPassNanos = runtime.clock().getAsLong() + RETRY_NANOS;
      LOG.log(
          Level.WARNING,
          "cannot read the history from revision "
              + pass.fromRevision()
              + " on for late watchers; trying again",
          reason);
    }
  }
}
