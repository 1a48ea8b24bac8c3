package io.kvorum.watch;

import io.kvorum.model.Event;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Feeds watchers with committed events. Thread-safe.
 *
 * <p>{@link #publish} is called by the engine thread, must not block and costs next to nothing
 * while nobody watches. One thread, {@code kvorum-watch}, owns the watchers and brings events to
 * the queues of their streams; it never waits. A second one, {@code kvorum-watch-catchup}, reads
 * the history for those that are late. {@link Dispatcher} draws how a watcher moves between the
 * two.
 */
public final class WatchHub implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(WatchHub.class.getName());
  private static final long STOP_MILLIS = 5_000;

  private final WatchLimits limits;
  private final Doorbell doorbell = new Doorbell();
  private final Mailbox mailbox = new Mailbox(doorbell);
  private final Dispatcher dispatcher;
  private final Set<WatchStream> streams = ConcurrentHashMap.newKeySet();
  private final @Nullable ExecutorService catchUpThread;
  private final Consumer<Throwable> onFailure;
  private final Thread thread = new Thread(this::run, "kvorum-watch");
  private volatile boolean stopped;

  public WatchHub(WatchSource source, Duration progressInterval) {
    this(source, progressInterval, new Random(), WatchHub::logFailure);
  }

  /**
   * @param progressInterval how long a watcher is idle before it is told progress; up to a tenth is
   *     added
   * @param onFailure told once if the hub thread dies of a bug: watchers get nothing any more then,
   *     so the member must stop
   */
  public WatchHub(
      WatchSource source, Duration progressInterval, Random random, Consumer<Throwable> onFailure) {
    this.limits = WatchLimits.standard();
    ExecutorService executor = newCatchUpThread();
    this.catchUpThread = executor;
    this.onFailure = onFailure;
    this.dispatcher =
        new Dispatcher(
            source,
            limits,
            new HubRuntime(nanosSinceNow(), random, executor),
            mailbox,
            progressInterval);
  }

  /** A hub without threads: the caller steps it, and runs what it hands to the runtime. */
  WatchHub(WatchSource source, Duration progressInterval, WatchLimits limits, HubRuntime runtime) {
    this.limits = limits;
    this.catchUpThread = null;
    this.onFailure = WatchHub::logFailure;
    this.dispatcher = new Dispatcher(source, limits, runtime, mailbox, progressInterval);
  }

  public void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes the events of one revision, in order, after the store has made it visible to readers. */
  public void publish(long revision, List<Event> events) {
    if (dispatcher.isWatching()) {
      dispatcher.published().offer(revision, events);
      doorbell.ring();
    }
  }

  /**
   * Another member's state has taken the place of the store, and readers see it: the revisions in
   * between are not published one by one. Called by the engine thread.
   *
   * <p>Each synced watcher is caught up from the new state, or canceled if what it needs next is
   * compacted there.
   */
  public void restored() {
    if (dispatcher.isWatching()) {
      dispatcher.published().skip(dispatcher.currentRevision());
      doorbell.ring();
    }
  }

  /**
   * Opens a stream.
   *
   * @param wake called when {@link WatchStream#poll} has something after it had nothing, first of
   *     all when there is a first message; on the hub thread, so it must not block
   */
  public WatchStream open(Runnable wake) {
    WatchStream stream = new WatchStream(dispatcher, mailbox, wake, limits, streams::remove);
    streams.add(stream);
    if (stopped) {
      stream.close();
    }
    return stream;
  }

  public WatchStats stats() {
    long pendingEvents = 0;
    for (WatchStream stream : streams) {
      pendingEvents += stream.queuedEvents();
    }
    int watchers = dispatcher.watcherCount();
    int slow = Math.max(0, watchers - dispatcher.syncedCount());
    return new WatchStats(streams.size(), watchers, slow, pendingEvents);
  }

  /**
   * Figures of the hub, taken at one moment.
   *
   * @param slowWatchers those that are being caught up or wait for their stream to drain
   * @param pendingEvents those queued in streams, once per watcher
   */
  public record WatchStats(long streams, long watchers, long slowWatchers, long pendingEvents) {}

  /** Ends all streams and stops the threads. */
  @Override
  public void close() {
    stopped = true;
    streams.forEach(WatchStream::close);
    try {
      if (thread.isAlive() && thread != Thread.currentThread()) {
        doorbell.ring();
        thread.join(STOP_MILLIS);
      }
      if (catchUpThread != null) {
        // Not interrupted: it may be in the middle of a file of the database.
        catchUpThread.shutdown();
        if (!catchUpThread.awaitTermination(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
          LOG.log(System.Logger.Level.WARNING, "a catch-up pass is still reading the history");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Does what there is to do, or a good part of it; false if there was nothing. */
  boolean step() {
    return dispatcher.step();
  }

  private void run() {
    try {
      while (!stopped) {
        if (!dispatcher.step()) {
          doorbell.sleep(dispatcher.idleNanos(), () -> stopped || dispatcher.hasWork());
        }
      }
    } catch (RuntimeException | Error e) {
      onFailure.accept(e);
    }
  }

  private static ExecutorService newCatchUpThread() {
    return new ThreadPoolExecutor(
        0,
        1,
        10,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread worker = new Thread(task, "kvorum-watch-catchup");
          worker.setDaemon(true);
          return worker;
        });
  }

  private static LongSupplier nanosSinceNow() {
    long start = System.nanoTime();
    return () -> System.nanoTime() - start;
  }

  private static void logFailure(Throwable failure) {
    LOG.log(System.Logger.Level.ERROR, "watchers get nothing any more: the hub failed", failure);
  }
}
