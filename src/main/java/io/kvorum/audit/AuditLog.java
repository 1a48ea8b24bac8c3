package io.kvorum.audit;

import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
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
 * <p>A line is in the file a few hundredths of a second after it was added, and all of them after
 * {@link #close}. A file that cannot be written drops lines; it is tried again every second.
 *
 * <p>Held by: AuditLogTest.
 */
public final class AuditLog implements AutoCloseable {
  private static final Log LOG = Log.of(AuditLog.class);
  private static final int MOST_LINES = 16 << 10;
  private static final long MOST_BYTES = 32L << 20;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What becomes a line; its text is made on the thread of the log. */
  public interface Line {
    /** JSON in one line, without its end. */
    String text();

    /** What it takes in memory, roughly. */
    int bytes();
  }

  private final MpscArrayQueue<Line> queue;
  private final AtomicLong queuedBytes = new AtomicLong();
  private final LongAdder written = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final AuditTarget target;
  private final Clock clock;
  private final Thread thread = Threads.daemon("kvorum-audit", this::run);
  private volatile boolean isClosed;

  // Confined to the thread.
  private long reportedDrops;
  private boolean isFailing;
  private long retryNanos;

  AuditLog(AuditTarget target, int mostLines, Clock clock) {
    this.target = target;
    this.queue = new MpscArrayQueue<>(mostLines);
    this.clock = clock;
  }

  /**
   * Opens the log, and starts its thread.
   *
   * @param path of the file; null for the standard output
   * @throws IOException if the file cannot be written
   */
  public static AuditLog open(@Nullable Path path, Rotation rotation) throws IOException {
    Clock clock = Clock.systemUTC();
    AuditLog log =
        new AuditLog(
            path == null ? new StandardOutput() : new RotatedFile(path, rotation, clock).opened(),
            MOST_LINES,
            clock);
    log.start();
    return log;
  }

  void start() {
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

  public AuditStats stats() {
    return new AuditStats(written.sum(), dropped.sum());
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
    if (isFailing && System.nanoTime() - retryNanos < 0) {
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

  private void reportDrops() {
    long all = dropped.sum();
    if (all > reportedDrops
        && !(isFailing && System.nanoTime() - retryNanos < 0)
        && write(
            "{\"time\":\""
                + clock.instant()
                + "\",\"stage\":\"dropped\",\"lines\":"
                + (all - reportedDrops)
                + "}")) {
      reportedDrops = all;
    }
  }

  private boolean write(String text) {
    try {
      target.write((text + "\n").getBytes(StandardCharsets.UTF_8));
      if (isFailing) {
        isFailing = false;
        LOG.info("the audit log is written again");
      }
      return true;
    } catch (IOException failure) {
      failed(failure);
      return false;
    }
  }

  private void failed(IOException failure) {
    if (!isFailing) {
      LOG.error("the audit log cannot be written, its lines are dropped: " + Reason.of(failure));
    }
    isFailing = true;
    retryNanos = System.nanoTime() + RETRY_NANOS;
    try {
      target.close();
    } catch (IOException alreadyReported) {
      LOG.debug("closing the audit log failed, too", alreadyReported);
    }
  }

  /** Writes what has been added. */
  @Override
  public void close() {
    isClosed = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Is neither rotated nor closed. */
  private static final class StandardOutput implements AuditTarget {
    private final OutputStream out = new BufferedOutputStream(System.out);

    @Override
    public void write(byte[] line) throws IOException {
      out.write(line);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }
}
