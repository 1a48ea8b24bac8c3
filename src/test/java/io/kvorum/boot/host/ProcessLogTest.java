package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.boot.config.LogLevel;
import io.kvorum.boot.config.Logging;
import io.kvorum.support.LogEvent;
import io.kvorum.support.Rotation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ProcessLogTest {
  private final ConsoleLine format = new ConsoleLine();

  @Test
  void aRecordIsOneLineWithTimeLevelSourceAndMessage() {
    LogRecord record = record(Level.WARNING, "slow disk: {0} ms");
    record.setParameters(new Object[] {12});
    assertThat(format.format(record))
        .isEqualTo("2026-11-20T09:41:22.123Z warn WalStore: slow disk: 12 ms");
  }

  @Test
  void theExceptionIsOnTheSameLine() {
    LogRecord record = record(Level.SEVERE, "flush failed");
    record.setThrown(new java.io.IOException("no space left"));
    assertThat(format.format(record))
        .isEqualTo(
            "2026-11-20T09:41:22.123Z error WalStore: flush failed:"
                + " java.io.IOException: no space left");
  }

  @Test
  void theValuesOfAnEventAreFieldsOfJsonAndPartsOfALineOfText() {
    LogEvent event = LogEvent.of("request stats", "time spent", "1s", "request size", 12);
    LogRecord record = record(Level.WARNING, event.toString());
    record.setParameters(new Object[] {event});
    assertThat(format.format(record))
        .isEqualTo(
            "2026-11-20T09:41:22.123Z warn WalStore: request stats: time spent 1s, request size 12");
    assertThat(new JsonLine().format(record))
        .isEqualTo(
            "{\"level\":\"warn\",\"ts\":\"2026-11-20T09:41:22.123000Z\","
                + "\"caller\":\"derby/WalStore\",\"msg\":\"request stats\","
                + "\"time spent\":\"1s\",\"request size\":12}");
  }

  @Test
  void levelsHaveEtcdsNames() {
    assertThat(format.format(record(Level.INFO, "x"))).contains(" info ");
    assertThat(format.format(record(Level.FINE, "x"))).contains(" debug ");
  }

  @Test
  @Timeout(300)
  void librariesWarnInTheSameFormAndSayNothingElse() throws Exception {
    assertThat(outputOfTalkativeLibraries(Logging.Format.CONSOLE).lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("Z warn Native: no native library: slow"),
            line -> assertThat(line).isEqualTo("[WARNING ] CWWK1: \"printed\""),
            line -> assertThat(line).endsWith("Z info Member: stopped"));
  }

  @Test
  @Timeout(300)
  void whateverIsLoggedOrPrintedIsJsonIfThatIsTheForm() throws Exception {
    List<JsonObject> lines =
        outputOfTalkativeLibraries(Logging.Format.JSON)
            .lines()
            .map(line -> JsonParser.parseString(line).getAsJsonObject())
            .toList();
    assertThat(lines)
        .extracting(
            line -> line.get("level").getAsString(),
            line -> line.get("caller").getAsString(),
            line -> line.get("msg").getAsString())
        .containsExactly(
            tuple("warn", "netty/Native", "no native library: slow"),
            tuple("warn", "org/Stranger", "unknown"),
            tuple("warn", "openliberty", "CWWK1: \"printed\""),
            tuple("error", "kvorum/Member", "cannot stop"),
            tuple("info", "kvorum/Member", "stopped"));
    assertThat(lines.get(3).get("error").getAsString())
        .isEqualTo("java.lang.IllegalStateException: two\nlines");
    assertThat(lines.get(3).get("stacktrace").getAsString()).contains("\n\tat ");
  }

  private static String outputOfTalkativeLibraries(Logging.Format format) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                TalkativeLibraries.class.getName(),
                format.name())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  /** A process whose libraries log. */
  static final class TalkativeLibraries {
    private TalkativeLibraries() {}

    public static void main(String[] arguments) {
      ProcessLog.open(
          new Logging(
              LogLevel.INFO,
              Logging.Format.valueOf(arguments[0]),
              Set.of(Logging.Stream.STDERR),
              List.of(),
              Rotation.none()));
      Logger.getLogger("io.grpc.netty.TcpMetrics").info("Epoll available: true");
      Logger made = Logger.getLogger("io.netty.MadeByLiberty");
      made.setLevel(Level.INFO);
      made.info("Liberty gives loggers their levels");
      Logger.getLogger("io.netty.Native").log(Level.WARNING, "no native library: {0}", "slow");
      if (arguments[0].equals("JSON")) {
        Logger.getLogger("org.Stranger").warning("unknown");
      }
      System.out.println("[WARNING ] CWWK1: \"printed\"");
      if (arguments[0].equals("JSON")) {
        Logger.getLogger("io.kvorum.Member")
            .log(Level.SEVERE, "cannot stop", new IllegalStateException("two\nlines"));
      }
      LogManager.getLogManager().reset();
      Logger.getLogger("io.kvorum.Member").info("stopped");
    }
  }

  private static LogRecord record(Level level, String message) {
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName("io.kvorum.derby.WalStore");
    record.setInstant(Instant.parse("2026-11-20T09:41:22.123Z"));
    return record;
  }
}
