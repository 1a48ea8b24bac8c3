package io.kvorum.watch;

import io.kvorum.model.Event;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
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
 * <p>{@link #publish} is called by the Raft thread, does not block and costs next to nothing while
 * there is no watcher. One thread, {@code kvorum-watch}, owns the watchers and appends events to
 * the queues of their streams; it never waits for a client or the disk. A second one, {@code
 * kvorum-watch-catchup}, reads the history for late watchers. {@link Dispatcher} draws how a
 * watcher moves between the two.
 */
public final class WatchHub implements AutoCloseable {
  private static final Log LOG = Log.of(WatchHub.class);
  private static final long STOP_MILLIS = 5_000;

  /**
   * How many bytes of events the hub may keep.
   *
   * @param unseenBytes those that it has not looked at yet
   * @param recentBytes for watchers that are a little late
   * @param queuedBytes for clients that are slow, in all
   */
  public record Memory(long unseenBytes, long recentBytes, long queuedBytes) {}

  private final WatchLimits limits;
  private final Mailbox mailbox = new Mailbox();
  private final Dispatcher dispatcher;
  private final Set<WatchStream> streams = ConcurrentHashMap.newKeySet();
  private final @Nullable ExecutorService catchUpThread;
  private final Consumer<Throwable> onFailure;
  private final Thread thread = Threads.daemon("kvorum-watch", this::run);
  private volatile long queueBytes;
  private volatile boolean stopped;

  public WatchHub(ChangeSource source, Duration progressInterval) {
    this(
        source,
        progressInterval,
        new Memory(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE),
        new Random(),
        WatchHub::logFailure);
  }

  /**
   * @param progressInterval how long a watcher is idle before it gets a progress notification; up
   *     to a tenth is added
   * @param memory what the hub may keep, if its usual limits allow more
   * @param onFailure called once if the hub thread dies of a bug: watchers would receive nothing
   *     from then on, so the member must stop
   */
  public WatchHub(
      ChangeSource source,
      Duration progressInterval,
      Memory memory,
      Random random,
      Consumer<Throwable> onFailure) {
    this.limits = WatchLimits.standard().within(memory);
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

  /** A hub without threads: the caller steps it, and runs the tasks it gives to the runtime. */
  WatchHub(ChangeSource source, Duration progressInterval, WatchLimits limits, HubRuntime runtime) {
    this.limits = limits;
    this.catchUpThread = null;
    this.onFailure = WatchHub::logFailure;
    this.dispatcher = new Dispatcher(source, limits, runtime, mailbox, progressInterval);
  }

  public void start() {
    thread.start();
  }

  /** Takes the events of one revision, in order, after the store has made it visible to readers. */
  public void publish(long revision, List<Event> events) {
    if (dispatcher.isWatching()) {
      dispatcher.published().offer(revision, events);
      mailbox.ring();
    }
  }

  /**
   * Another member's snapshot has replaced the store, and readers see it: the revisions in between
   * are not published one by one. Called by the Raft thread.
   *
   * <p>Each synced watcher is caught up from the new store, or canceled if the revision it needs
   * next is compacted there.
   */
  public void restored() {
    if (dispatcher.isWatching()) {
      dispatcher.published().skip(dispatcher.currentRevision());
      mailbox.ring();
    }
  }

  /**
   * Opens a stream.
   *
   * @param wake called when {@link WatchStream#poll} has a message after it had none, for the first
   *     time when there is a first message; on the hub thread, so it must not block
   */
  public WatchStream open(Runnable wake) {
    WatchStream stream =
        new WatchStream(dispatcher, mailbox, wake, limits, () -> queueBytes, this::closed);
    streams.add(stream);
    queueBytes = limits.queueBytes(streams.size());
    if (stopped) {
      stream.close();
    }
    return stream;
  }

  private void closed(WatchStream stream) {
    streams.remove(stream);
    queueBytes = limits.queueBytes(streams.size());
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
   * Figures of the hub at about one moment.
   *
   * @param slowWatchers watchers that are being caught up or wait for their stream to drain
   * @param pendingEvents events queued in streams, counted once per watcher
   */
  public record WatchStats(long streams, long watchers, long slowWatchers, long pendingEvents) {}

  /** Ends all streams and stops the threads. */
  @Override
  public void close() {
    stopped = true;
    streams.forEach(WatchStream::close);
    try {
      if (thread.isAlive() && thread != Thread.currentThread()) {
        mailbox.ring();
        thread.join(STOP_MILLIS);
      }
      if (catchUpThread != null) {
        // Not interrupted: an interrupt in the middle of a read closes the database file.
        catchUpThread.shutdown();
        if (!catchUpThread.awaitTermination(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
          LOG.warning("a catch-up pass is still reading the history");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Does the work that is due, or a bounded part of it; false if there was none. */
  boolean step() {
    return dispatcher.step();
  }

  private void run() {
    try {
      while (!stopped) {
        if (!dispatcher.step()) {
          mailbox.sleep(dispatcher.idleNanos(), () -> stopped || dispatcher.hasWork());
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
        Threads.daemons("kvorum-watch-catchup"));
  }

  private static LongSupplier nanosSinceNow() {
    long start = System.nanoTime();
    return () -> System.nanoTime() - start;
  }

  private static void logFailure(Throwable failure) {
    LOG.error("the watch hub failed, watchers receive no more events", failure);
  }
}
