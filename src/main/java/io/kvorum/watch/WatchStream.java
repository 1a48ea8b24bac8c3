package io.kvorum.watch;

import io.kvorum.model.ErrorCode;
import io.kvorum.watch.WatchLimits.Budget;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Queues the messages for the watchers of one client stream, until the face polls them because its
 * transport can write: that is the flow control. Thread-safe; nothing here blocks.
 *
 * <p>The hub thread alone adds messages. A message with events that has not been polled absorbs the
 * events that follow, so a slow client gets fewer and larger messages. Events beyond the limit of
 * the queue are refused: their watcher is then late. Answers are always queued; so that there are
 * not too many, the face stops taking requests while the stream {@link #isFull}.
 *
 * <p>Held by: WatchHubTest, WatchCatchUpTest, WatchSimulationTest.
 */
public final class WatchStream implements AutoCloseable {
  private static final long NOT_ASKED = 0;

  /** How many requests and answers wait before no more requests should be taken. */
  static final int MOST_WAITING = 128;

  private final Dispatcher dispatcher;
  private final Mailbox mailbox;
  private final Runnable wake;
  private final Consumer<WatchStream> onClose;
  private final int queueEvents;
  private final LongSupplier queueBytes;
  private final Budget messageLimit;

  /** Requests that the hub thread has not performed, and answers that have not been polled. */
  private final AtomicInteger waiting = new AtomicInteger();

  /** The revision up to which an unanswered progress request asks for progress. */
  private final AtomicLong progressAskedFor = new AtomicLong(NOT_ASKED);

  // Confined to the hub thread.
  final Map<Long, Watcher> watchers = new HashMap<>();
  final Set<Watcher> blocked = new LinkedHashSet<>();
  private long nextId;

  // Guarded by the lock.
  private final Object lock = new Object();
  private final Deque<QueuedMessage> queue = new ArrayDeque<>();
  private int queuedEvents;
  private long queuedBytes;
  private long lastPlace;
  private long lastProgressPlace;
  private boolean wantsWake = true;
  private boolean hasRefused;
  private boolean closed;

  /**
   * @param queueBytes how many bytes of events wait here before watchers fall behind; may change
   */
  WatchStream(
      Dispatcher dispatcher,
      Mailbox mailbox,
      Runnable wake,
      WatchLimits limits,
      LongSupplier queueBytes,
      Consumer<WatchStream> onClose) {
    this.dispatcher = dispatcher;
    this.mailbox = mailbox;
    this.wake = wake;
    this.onClose = onClose;
    this.queueEvents = limits.queue().count();
    this.queueBytes = queueBytes;
    this.messageLimit = limits.message();
  }

  /** Answered by a Created or Refused message, and by Canceled if the start was compacted. */
  public void create(WatchSpec spec) {
    request(() -> dispatcher.create(this, spec));
  }

  /** Has the hub thread perform a request, which makes room for others then. */
  private void request(Runnable task) {
    waiting.incrementAndGet();
    mailbox.post(
        () -> {
          task.run();
          if (waiting.getAndDecrement() == MOST_WAITING) {
            dispatcher.wakeSoon(this);
          }
        });
  }

  /**
   * True while so many requests and answers wait that further requests should wait with the client.
   * When that ends, {@code wake} is called, or {@link #poll} has just taken an answer.
   */
  public boolean isFull() {
    return waiting.get() >= MOST_WAITING;
  }

  /** Answers the request for a watcher that its caller may not have. */
  public void refuse(ErrorCode reason) {
    request(() -> dispatcher.refuse(this, reason));
  }

  /** Answered by a Canceled message; an unknown id is not answered. */
  public void cancel(long watchId) {
    request(() -> dispatcher.cancel(this, watchId));
  }

  /** Answered by a Progress message for no watcher if all watchers of the stream are synced. */
  public void requestProgress() {
    long revision = dispatcher.currentRevision();
    if (progressAskedFor.getAndAccumulate(revision, Math::max) == NOT_ASKED) {
      mailbox.post(() -> dispatcher.progressRequested(this));
    }
  }

  /** The size of the events in the next message to send; 0 if there is none or it has none. */
  public long nextBytes() {
    synchronized (lock) {
      QueuedMessage next = queue.peek();
      return next == null ? 0 : next.bytes();
    }
  }

  /** The next message to send; null if there is none, and then {@code wake} will be called. */
  public @Nullable WatchMessage poll() {
    QueuedMessage message;
    boolean drained;
    synchronized (lock) {
      message = queue.poll();
      if (message == null) {
        wantsWake = true;
        return null;
      }
      if (message.isAnswer()) {
        waiting.decrementAndGet();
      }
      queuedEvents -= message.eventCount();
      queuedBytes -= message.bytes();
      Watcher watcher = message.watcher();
      if (watcher != null && watcher.growing == message) {
        watcher.growing = null;
      }
      drained =
          hasRefused
              && queuedEvents <= queueEvents / 2
              && queuedBytes <= queueBytes.getAsLong() / 2;
      hasRefused &= !drained;
    }
    if (drained) {
      mailbox.post(() -> dispatcher.drained(this));
    }
    return message.toMessage();
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      queue.clear();
      queuedEvents = 0;
      queuedBytes = 0;
    }
    onClose.accept(this);
    mailbox.post(() -> dispatcher.remove(this));
  }

  boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  int queuedEvents() {
    synchronized (lock) {
      return queuedEvents;
    }
  }

  // The hub thread.

  /** An id for a watcher whose client did not choose one. */
  long freeId() {
    while (watchers.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  /**
   * Queues events of a watcher, all or none: whole revisions, in order, split into messages of the
   * usual size.
   *
   * @param bytes the size of all events
   * @param revision the revision up to which these are all events of the watcher
   * @return false if the queue is full; {@link Dispatcher#drained} is called once it is not
   */
  boolean offer(Watcher watcher, List<WatchEvent> events, long bytes, long revision) {
    boolean wakeIsDue;
    synchronized (lock) {
      if (closed) {
        return true;
      }
      if (!hasRoom()) {
        return false;
      }
      if (messageLimit.allows(events.size(), bytes)) {
        put(watcher, events, bytes, revision);
      } else {
        putInParts(watcher, events, revision);
      }
      wakeIsDue = takeWake();
    }
    if (wakeIsDue) {
      dispatcher.wakeSoon(this);
    }
    return true;
  }

  /** True if events would be queued; if not, {@link Dispatcher#drained} is called once so. */
  boolean admits() {
    synchronized (lock) {
      return closed || hasRoom();
    }
  }

  void answer(WatchMessage message) {
    boolean wakeIsDue;
    synchronized (lock) {
      if (closed) {
        return;
      }
      queue.add(QueuedMessage.answer(message, ++lastPlace));
      waiting.incrementAndGet();
      wakeIsDue = takeWake();
    }
    if (wakeIsDue) {
      dispatcher.wakeSoon(this);
    }
  }

  /** Replaces a progress message at the end of the queue, which the new one covers. */
  void answerProgress(WatchMessage.Progress progress) {
    synchronized (lock) {
      QueuedMessage last = queue.peekLast();
      if (last != null && last.isProgressOfNoWatcher()) {
        queue.removeLast();
        waiting.decrementAndGet();
      }
      lastProgressPlace = lastPlace + 1;
    }
    answer(progress);
  }

  boolean hasNothingQueued() {
    synchronized (lock) {
      return queue.isEmpty();
    }
  }

  /** The revision of the pending progress request; 0 if there is none. */
  long progressAskedFor() {
    return progressAskedFor.get();
  }

  /** False if progress was requested again, for a higher revision. */
  boolean endProgressRequest(long askedFor) {
    return progressAskedFor.compareAndSet(askedFor, NOT_ASKED);
  }

  void wake() {
    wake.run();
  }

  private boolean hasRoom() {
    boolean full = queuedEvents >= queueEvents || queuedBytes >= queueBytes.getAsLong();
    hasRefused |= full;
    return !full;
  }

  private void put(Watcher watcher, List<WatchEvent> events, long bytes, long revision) {
    queuedEvents += events.size();
    queuedBytes += bytes;
    QueuedMessage growing = watcher.growing;
    if (growing != null
        && growing.place() > lastProgressPlace
        && messageLimit.allows(growing.eventCount() + events.size(), growing.bytes() + bytes)) {
      growing.grow(events, bytes, revision);
      return;
    }
    QueuedMessage message = QueuedMessage.events(watcher, ++lastPlace, events, bytes, revision);
    queue.add(message);
    watcher.growing = message;
  }

  private void putInParts(Watcher watcher, List<WatchEvent> events, long revision) {
    int start = 0;
    while (start < events.size()) {
      int end = start;
      long bytes = 0;
      do {
        int next = endOfRevision(events, end);
        long more = FanOut.bytesOf(events.subList(end, next));
        if (end > start && !messageLimit.allows(next - start, bytes + more)) {
          break;
        }
        end = next;
        bytes += more;
      } while (end < events.size());
      long upTo = end == events.size() ? revision : events.get(end - 1).revision();
      put(watcher, events.subList(start, end), bytes, upTo);
      start = end;
    }
  }

  private static int endOfRevision(List<WatchEvent> events, int start) {
    long revision = events.get(start).revision();
    int end = start + 1;
    while (end < events.size() && events.get(end).revision() == revision) {
      end++;
    }
    return end;
  }

  private boolean takeWake() {
    boolean isDue = wantsWake;
    wantsWake = false;
    return isDue;
  }
}
