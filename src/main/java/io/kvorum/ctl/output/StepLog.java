package io.kvorum.ctl.output;

import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/**
 * Writes what a command does, as etcdctl and etcdutl do: a JSON object in each line, or a line for
 * people. Thread-safe.
 *
 * <p>Held by: SnapshotSaveTest, SnapshotFileCommandsTest.
 */
public final class StepLog {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final PrintStream stream;

  public StepLog(PrintStream stream) {
    this.stream = stream;
  }

  /**
   * Writes a JSON object of level info.
   *
   * @param fields names and values in turn
   */
  public void info(String message, String... fields) {
    GoJson line =
        new GoJson()
            .text("level", "info")
            .text("ts", TIME.format(Instant.now()))
            .text("msg", message);
    for (int i = 0; i < fields.length; i += 2) {
      line.raw(fields[i], GoJson.quoted(fields[i + 1]));
    }
    stream.println(line.done());
  }

  /**
   * Writes a line of columns, as etcdutl does.
   *
   * @param fields names and values in turn
   */
  public void line(String message, String... fields) {
    StringBuilder object = new StringBuilder("{");
    for (int i = 0; i < fields.length; i += 2) {
      object
          .append(i == 0 ? "" : ", ")
          .append(GoJson.quoted(fields[i]))
          .append(": ")
          .append(GoJson.quoted(fields[i + 1]));
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    stream.println(String.join("\t", now.toString(), "info", message, object.append('}')));
  }
}
