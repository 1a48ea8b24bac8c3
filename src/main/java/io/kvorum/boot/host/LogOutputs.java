package io.kvorum.boot.host;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.Flags;
import io.kvorum.boot.config.Logging;
import io.kvorum.support.LineWriter;
import io.kvorum.support.Reason;
import io.kvorum.support.RotatedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes records to the streams and files that the log goes to. A file is written on a thread for
 * it: if it cannot be written, or takes long, lines are missing there, and the member continues.
 * Thread-safe.
 *
 * <p>Held by: LogOutputsTest.
 */
final class LogOutputs implements AutoCloseable {
  private static final String FLAG = "log-outputs";
  private static final int MOST_LINES = 16 << 10;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Formatter format;
  private final List<Console.Stream> streams;
  private final boolean hasPriorities;
  private final List<LineWriter> files;

  /** Held while a line is written to all of them. */
  private final Object order = new Object();

  private LogOutputs(
      Formatter format,
      List<Console.Stream> streams,
      boolean hasPriorities,
      List<LineWriter> files) {
    this.format = format;
    this.streams = List.copyOf(streams);
    this.hasPriorities = hasPriorities;
    this.files = List.copyOf(files);
  }

  /**
   * @throws ConfigurationException if one cannot be written
   */
  static LogOutputs open(Logging logging) {
    Formatter format =
        switch (logging.format()) {
          case CONSOLE -> new ConsoleLine();
          case JSON -> new JsonLine();
        };
    boolean isJournal = logging.streams().contains(Logging.Stream.JOURNAL);
    if (isJournal
        && !isReadByJournal(System.getenv("JOURNAL_STREAM"), Path.of("/proc/self/fd/2"))) {
      throw refusal(
          "systemd/journal", "the standard error of this process does not go there; write stderr");
    }
    List<Console.Stream> streams = new ArrayList<>();
    if (isJournal || logging.streams().contains(Logging.Stream.STDERR)) {
      streams.add(Console.Stream.ERR);
    }
    if (logging.streams().contains(Logging.Stream.STDOUT)) {
      streams.add(Console.Stream.OUT);
    }
    List<LineWriter> files = new ArrayList<>();
    for (Path file : logging.files()) {
      files.add(opened(file, logging, format));
    }
    files.forEach(LineWriter::start);
    return new LogOutputs(format, streams, isJournal, files);
  }

  private static LineWriter opened(Path file, Logging logging, Formatter format) {
    try {
      return new LineWriter(
          "kvorum-log",
          new RotatedFile(file, logging.rotation(), Clock.systemUTC()).opened(),
          MOST_LINES,
          new Reports(file, format, logging.level().javaLevel()));
    } catch (IOException cannotWrite) {
      throw refusal(file.toString(), Reason.of(cannotWrite));
    }
  }

  private static ConfigurationException refusal(String output, String reason) {
    return Flags.get(FLAG).refusal(output, reason);
  }

  /**
   * Whether systemd reads the stream.
   *
   * @param journal device and inode of what it reads; null if it has started no such process
   */
  static boolean isReadByJournal(@Nullable String journal, Path stream) {
    if (journal == null) {
      return false;
    }
    try {
      return journal.equals(
          Files.getAttribute(stream, "unix:dev") + ":" + Files.getAttribute(stream, "unix:ino"));
    } catch (IOException | UnsupportedOperationException noSuchStream) {
      return false;
    }
  }

  /** Writes a line; the lines have the same order in each output. */
  void write(LogRecord record) {
    String line = format.format(record);
    String printed = hasPriorities ? priority(record.getLevel()) + line : line;
    // A stream that takes nothing would hold up each caller without the lock, too.
    synchronized (order) {
      for (Console.Stream stream : streams) {
        stream.print(printed);
      }
      for (LineWriter file : files) {
        file.add(new Line(line));
      }
    }
  }

  /** As systemd knows them from syslog. */
  private static String priority(Level level) {
    return switch (Levels.nameOf(level)) {
      case "error" -> "<3>";
      case "warn" -> "<4>";
      case "info" -> "<6>";
      default -> "<7>";
    };
  }

  @Override
  public void close() {
    files.forEach(file -> file.closeWithin(PATIENCE));
  }

  private record Line(String text) implements LineWriter.Line {
    @Override
    public int bytes() {
      return text.length();
    }
  }

  /**
   * Says on stderr, past the outputs, what is wrong with one of them.
   *
   * @param lowest level that is said
   */
  record Reports(Path file, Formatter format, Level lowest) implements LineWriter.Reports {
    @Override
    public String dropped(long lines) {
      return line(Level.WARNING, lines + " lines are missing here");
    }

    @Override
    public void failed(IOException failure) {
      say(
          Level.SEVERE,
          "the log " + file + " cannot be written, its lines are dropped: " + Reason.of(failure));
    }

    @Override
    public void recovered() {
      say(Level.INFO, "the log " + file + " is written again");
    }

    @Override
    public void notClosed(IOException failure) {
      say(Level.FINE, "closing the log " + file + " failed, too: " + Reason.of(failure));
    }

    boolean isSaid(Level level) {
      return level.intValue() >= lowest.intValue();
    }

    private void say(Level level, String message) {
      if (isSaid(level)) {
        Console.Stream.ERR.print(line(level, message));
      }
    }

    private String line(Level level, String message) {
      LogRecord record = new LogRecord(level, message);
      record.setLoggerName(LogOutputs.class.getName());
      return format.format(record);
    }
  }
}
