package io.kvorum.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Writes lines on a dedicated thread: callers that add one never wait. What does not fit the queue
 * is dropped and counted, and a line says how many are missing, where they are missing.
 * Thread-safe.
 *
 * <p>A line is in the target a few hundredths of a second after it was added, and all of them after
 * {@link #close}. A target that cannot be written drops lines; it is tried again every second. A
 * line counts as written when the target has been flushed. If that fails, all lines since the last
 * flush count as dropped, though the target may have some of them.
 *
 * <p>Held by: LineWriterTest, AuditLogTest.
 */
public final class LineWriter implements AutoCloseable {
  private static final Log LOG = Log.of(LineWriter.class);
  private static final long MOST_BYTES = 32L << 20;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Between two flushes: as many are in doubt at most. */
  private static final int MOST_UNFLUSHED = 1024;

  /** What becomes a line; its text is made on the thread of the writer. */
  public interface Line {
    /** The line without its end. If this fails, the line is dropped. */
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
  private long unflushedLines;
  private long unflushedDrops;
  private boolean isFailing;
  private boolean hasFailedLine;
  private long retryNanos;

  /** One use of the target. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

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
      boolean wasClosed = isClosed;
      int lines = writeSome();
      flush();
      isLast = wasClosed && lines == 0;
      if (lines == 0 && !isLast) {
        LockSupport.parkNanos(IDLE_NANOS);
      }
    } while (!isLast);
    succeeds(target::close);
  }

  private int writeSome() {
    int lines = 0;
    while (lines < MOST_UNFLUSHED) {
      Line line = queue.poll();
      if (line == null) {
        break;
      }
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
    String text = textOf(line);
    if (text != null && write(text)) {
      unflushedLines++;
    } else {
      dropped.increment();
    }
  }

  /** Null if there is none, which is logged of the first line alone. */
  private @Nullable String textOf(Line line) {
    try {
      return line.text();
    } catch (RuntimeException failure) {
      if (!hasFailedLine) {
        hasFailedLine = true;
        LOG.error(
            "{} drops a line that has no text, and all others like it", thread.getName(), failure);
      }
      return null;
    }
  }

  private boolean isWaitingForRetry() {
    return isFailing && System.nanoTime() - retryNanos < 0;
  }

  private void reportDrops() {
    long missing = dropped.sum() - reportedDrops - unflushedDrops;
    if (missing > 0 && !isWaitingForRetry() && write(reports.dropped(missing))) {
      unflushedDrops += missing;
    }
  }

  private boolean write(String text) {
    return succeeds(() -> target.write((text + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  /** What has been written is in the target only now: before, it may have been in a buffer. */
  private void flush() {
    if (!succeeds(target::flush) || unflushedLines + unflushedDrops == 0) {
      return;
    }
    written.add(unflushedLines);
    reportedDrops += unflushedDrops;
    unflushedLines = 0;
    unflushedDrops = 0;
    if (isFailing) {
      isFailing = false;
      reports.recovered();
    }
  }

  private boolean succeeds(Step step) {
    try {
      step.run();
      return true;
    } catch (IOException failure) {
      failed(failure);
    } catch (RuntimeException unexpected) {
      failed(new IOException(unexpected));
    }
    return false;
  }

  private void failed(IOException failure) {
    dropped.add(unflushedLines);
    unflushedLines = 0;
    unflushedDrops = 0;
    if (!isFailing) {
      reports.failed(failure);
    }
    isFailing = true;
    retryNanos = System.nanoTime() + RETRY_NANOS;
    try {
      target.close();
    } catch (IOException again) {
      reports.notClosed(again);
    } catch (RuntimeException again) {
      reports.notClosed(new IOException(again));
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
