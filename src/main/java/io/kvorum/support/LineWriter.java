package io.kvorum.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscArrayQueue;

/**
 * Writes lines on a dedicated thread: callers that add one never wait. What does not fit the queue
 * is dropped and counted, and a line says how many are missing, where they are missing.
 * Thread-safe.
 *
 * <p>A line is in the target a few hundredths of a second after it was added, and all of them after
 * {@link #close}. A target that cannot be written drops lines; it is tried again every second.
 *
 * <p>Held by: AuditLogTest.
 */
public final class LineWriter implements AutoCloseable {
  private static final long MOST_BYTES = 32L << 20;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What becomes a line; its text is made on the thread of the writer. */
  public interface Line {
    /** The line without its end. */
    String text();

    /** What it takes in memory, roughly. */
    int bytes();
  }

  /** Says what happens to the lines. Called on the thread of the writer. */
  public interface Reports {
    /** The line, without its end, that stands for so many others. */
    String dropped(long lines);

    /** The target cannot be written from now on. */
    void failed(IOException failure);

    /** It can be written again. */
    void recovered();

    /** It could not be closed after a failure. */
    void notClosed(IOException failure);
  }

  private final MpscArrayQueue<Line> queue;
  private final AtomicLong queuedBytes = new AtomicLong();
  private final LongAdder written = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LineTarget target;
  private final Reports reports;
  private final Thread thread;
  private volatile boolean isClosed;

  // Confined to the thread.
  private long reportedDrops;
  private boolean isFailing;
  private long retryNanos;

  /**
   * @param name of the thread
   * @param mostLines that may wait
   */
  public LineWriter(String name, LineTarget target, int mostLines, Reports reports) {
    this.target = target;
    this.queue = new MpscArrayQueue<>(mostLines);
    this.reports = reports;
    this.thread = Threads.daemon(name, this::run);
  }

  public void start() {
    thread.start();
  }

  /** Adds a line, or drops it. Does not block. */
  public void add(Line line) {
    if (isClosed) {
      dropped.increment();
    } else if (queuedBytes.addAndGet(line.bytes()) > MOST_BYTES || !queue.offer(line)) {
      queuedBytes.addAndGet(-line.bytes());
      dropped.increment();
    }
  }

  /** How many lines were written since the start. */
  public long written() {
    return written.sum();
  }

  /** How many were dropped. */
  public long dropped() {
    return dropped.sum();
  }

  private void run() {
    boolean isLast;
    do {
      isLast = isClosed;
      int lines = writeAll();
      try {
        target.flush();
      } catch (IOException failure) {
        failed(failure);
      }
      if (lines == 0 && !isLast) {
        LockSupport.parkNanos(IDLE_NANOS);
      }
    } while (!isLast);
    try {
      target.close();
    } catch (IOException failure) {
      failed(failure);
    }
  }

  private int writeAll() {
    int lines = 0;
    for (Line line = queue.poll(); line != null; line = queue.poll()) {
      queuedBytes.addAndGet(-line.bytes());
      write(line);
      lines++;
    }
    reportDrops();
    return lines;
  }

  private void write(Line line) {
    if (isWaitingForRetry()) {
      dropped.increment();
      return;
    }
    reportDrops();
    if (write(line.text())) {
      written.increment();
    } else {
      dropped.increment();
    }
  }

  private boolean isWaitingForRetry() {
    return isFailing && System.nanoTime() - retryNanos < 0;
  }

  private void reportDrops() {
    long all = dropped.sum();
    if (all > reportedDrops
        && !isWaitingForRetry()
        && write(reports.dropped(all - reportedDrops))) {
      reportedDrops = all;
    }
  }

  private boolean write(String text) {
    try {
      target.write((text + "\n").getBytes(StandardCharsets.UTF_8));
      if (isFailing) {
        isFailing = false;
        reports.recovered();
      }
      return true;
    } catch (IOException failure) {
      failed(failure);
      return false;
    }
  }

  private void failed(IOException failure) {
    if (!isFailing) {
      reports.failed(failure);
    }
    isFailing = true;
    retryNanos = System.nanoTime() + RETRY_NANOS;
    try {
      target.close();
    } catch (IOException again) {
      reports.notClosed(again);
    }
  }

  /** Writes what has been added. */
  @Override
  public void close() {
    closeWithin(Duration.ZERO);
  }

  /**
   * The same, but does not wait for longer than that.
   *
   * @param patience zero for any time
   */
  public void closeWithin(Duration patience) {
    isClosed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(patience.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
