package io.kvorum.boot.host;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes records of the lines that are printed on a stream of the process: Liberty's, which name
 * their level, and those of libraries that know no log. Thread-safe.
 *
 * <p>Held by: ProcessLogTest.
 */
final class PrintedLines extends OutputStream {
  private static final int LONGEST = 64 << 10;

  /** {@code [WARNING ] CWWKS1234W: …}. */
  private static final Pattern LIBERTY = Pattern.compile("^\\[(AUDIT|INFO|WARNING|ERROR|err) *] ?");

  private final String stream;
  private final LogOutputs outputs;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /**
   * @param stream what the records are named after
   */
  PrintedLines(String stream, LogOutputs outputs) {
    this.stream = stream;
    this.outputs = outputs;
  }

  @Override
  public synchronized void write(int printed) {
    if (printed == '\n' || line.size() == LONGEST) {
      publish();
    }
    if (printed != '\n') {
      line.write(printed);
    }
  }

  private void publish() {
    String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
    line.reset();
    if (!text.isEmpty()) {
      outputs.write(record(text));
    }
  }

  private LogRecord record(String text) {
    Matcher liberty = LIBERTY.matcher(text);
    boolean isLiberty = liberty.find();
    LogRecord record =
        new LogRecord(
            isLiberty ? level(liberty.group(1)) : Level.WARNING,
            isLiberty ? text.substring(liberty.end()) : text);
    record.setLoggerName(isLiberty ? "openliberty" : stream);
    return record;
  }

  private static Level level(String name) {
    return switch (name) {
      case "ERROR", "err" -> Level.SEVERE;
      case "WARNING" -> Level.WARNING;
      default -> Level.INFO;
    };
  }
}
