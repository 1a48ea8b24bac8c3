package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Result;
import io.kvorum.service.ElectionService.Leader;
import io.kvorum.watch.WatchEvent;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchStream;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Observes the leaders of one election, at the pace of the client: what it has not taken stays with
 * the watch hub.
 *
 * <pre>
 *   read the oldest key ──── there is one ───▶ watch that key: each put is an item
 *     ▲         │                                        ▲                │
 *     │         └── none ──▶ watch the name for a put ───┘                │
 *     └─────────────────────────── deleted ───────────────────────────────┘
 * </pre>
 *
 * <p>Every value of one leader is an item; between two leaders some may be missed. When a read or a
 * watch fails, the observation is over, without an error, as in etcd; so it is when its client may
 * not begin another watch any more.
 *
 * <p>Confined to its face's turns, except for {@link #close}.
 *
 * <p>Held by: ElectionServiceTest.
 */
public final class Observation implements AutoCloseable {
  private final KeyQueue queue;
  private final Bytes name;
  private final Runnable wake;

  // One of the three at a time.
  private @Nullable CompletableFuture<Result.Range> read;
  private @Nullable Wanted wanted;
  private volatile @Nullable WatchStream watch;

  private boolean hasLeader;
  private Iterator<WatchEvent> events = Collections.emptyIterator();
  private long eventsRevision;
  private boolean isOver;
  private volatile boolean isClosed;

  /** A watch that is opened once it is known that the client may. */
  private record Wanted(CompletableFuture<Void> allowed, Supplier<WatchStream> opening) {}

  Observation(KeyQueue queue, Bytes name, Runnable wake) {
    this.queue = queue;
    this.name = name;
    this.wake = wake;
  }

  /** The next item; null if there is none now, and then {@code wake} will be called. */
  public @Nullable Leader poll() {
    while (!isOver()) {
      CompletableFuture<Result.Range> asked = read;
      Wanted unopened = wanted;
      WatchStream watched = watch;
      Leader next = null;
      if (asked != null) {
        if (!asked.isDone()) {
          return null;
        }
        next = found(asked);
      } else if (unopened != null) {
        if (!unopened.allowed().isDone()) {
          return null;
        }
        open(unopened);
      } else if (events.hasNext()) {
        next = taken(events.next().event());
      } else if (watched == null) {
        read();
      } else {
        WatchMessage message = watched.poll();
        if (message == null) {
          return null;
        }
        take(message);
      }
      if (next != null) {
        return next;
      }
    }
    return null;
  }

  private void read() {
    CompletableFuture<Result.Range> oldest = queue.oldest(name);
    read = oldest;
    if (!oldest.isDone()) {
      oldest.whenComplete((range, failure) -> wake.run());
    }
  }

  private @Nullable Leader found(CompletableFuture<Result.Range> asked) {
    read = null;
    if (asked.isCompletedExceptionally()) {
      isOver = true;
      return null;
    }
    Result.Range range = asked.join();
    if (range.kvs().isEmpty()) {
      hasLeader = false;
      want(queue.mayWatchPuts(name), () -> queue.watchPuts(name, range.revision() + 1, wake));
      return null;
    }
    return followed(new Leader(range.kvs().get(0), range.revision()));
  }

  private Leader followed(Leader leader) {
    hasLeader = true;
    Bytes key = leader.kv().key();
    want(queue.mayWatch(key), () -> queue.watch(key, leader.revision() + 1, wake));
    return leader;
  }

  private void take(WatchMessage message) {
    if (message instanceof WatchMessage.Events batch) {
      events = batch.events().iterator();
      eventsRevision = batch.revision();
    } else if (message instanceof WatchMessage.Canceled
        || message instanceof WatchMessage.Refused) {
      isOver = true;
    }
  }

  private @Nullable Leader taken(Event event) {
    if (event.isDelete()) {
      stopWatching();
      return null;
    }
    KeyValue kv = event.kv();
    return hasLeader ? new Leader(kv, eventsRevision) : followed(new Leader(kv, kv.modRevision()));
  }

  /** True once there will be no more items. */
  public boolean isOver() {
    return isOver || isClosed;
  }

  /** Ends the observation; may be called more than once, from any thread. */
  @Override
  public void close() {
    isClosed = true;
    WatchStream open = watch;
    if (open != null) {
      open.close();
    }
  }

  private void want(CompletableFuture<Void> allowed, Supplier<WatchStream> opening) {
    stopWatching();
    wanted = new Wanted(allowed, opening);
    if (!allowed.isDone()) {
      allowed.whenComplete((known, refusal) -> wake.run());
    }
  }

  private void open(Wanted allowed) {
    wanted = null;
    if (allowed.allowed().isCompletedExceptionally()) {
      isOver = true;
      return;
    }
    WatchStream next = allowed.opening().get();
    watch = next;
    if (isClosed) {
      next.close();
    }
  }

  private void stopWatching() {
    events = Collections.emptyIterator();
    WatchStream open = watch;
    if (open != null) {
      open.close();
      watch = null;
    }
  }
}
