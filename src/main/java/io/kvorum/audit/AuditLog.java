package io.kvorum.audit;

import io.kvorum.support.LineTarget;
import io.kvorum.support.LineWriter;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import io.kvorum.support.RotatedFile;
import io.kvorum.support.Rotation;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lines of the audit log on a dedicated thread: callers that add one never wait. What is
 * dropped is counted, and a line says how many are missing, where they are missing. Thread-safe.
 *
 * <p>Held by: AuditLogTest.
 */
public final class AuditLog implements AutoCloseable {
  private static final Log LOG = Log.of(AuditLog.class);
  private static final int MOST_LINES = 16 << 10;

  /** JSON, whose text is made on the thread of the log. */
  public interface Line extends LineWriter.Line {}

  private final LineWriter writer;

  AuditLog(LineTarget target, int mostLines, Clock clock) {
    writer = new LineWriter("kvorum-audit", target, mostLines, new Reports(clock));
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
    writer.start();
  }

  /** Adds a line, or drops it. Does not block. */
  public void add(Line line) {
    writer.add(line);
  }

  public AuditStats stats() {
    return new AuditStats(writer.written(), writer.dropped());
  }

  /** Writes what has been added. */
  @Override
  public void close() {
    writer.close();
  }

  private record Reports(Clock clock) implements LineWriter.Reports {
    @Override
    public String dropped(long lines) {
      return "{\"time\":\"" + clock.instant() + "\",\"stage\":\"dropped\",\"lines\":" + lines + "}";
    }

    @Override
    public void failed(IOException failure) {
      LOG.error("the audit log cannot be written, its lines are dropped: " + Reason.of(failure));
    }

    @Override
    public void recovered() {
      LOG.info("the audit log is written again");
    }

    @Override
    public void notClosed(IOException failure) {
      LOG.debug("closing the audit log failed, too", failure);
    }
  }

  /** Is neither rotated nor closed; what others print belongs to the log of the member. */
  private static final class StandardOutput implements LineTarget {
    private final OutputStream out =
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));

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
