package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.boot.config.LogLevel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ConsoleLogTest {
  private final ConsoleLog.OneLine format = new ConsoleLog.OneLine();

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
  void levelsHaveEtcdsNames() {
    assertThat(format.format(record(Level.INFO, "x"))).contains(" info ");
    assertThat(format.format(record(Level.FINE, "x"))).contains(" debug ");
  }

  @Test
  @Timeout(300)
  void librariesWarnInTheSameFormAndSayNothingElse() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                TalkativeLibraries.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output.lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("Z warn Native: no native library: slow"),
            line -> assertThat(line).endsWith("Z info Member: stopped"));
  }

  /** A process whose libraries log. */
  static final class TalkativeLibraries {
    private TalkativeLibraries() {}

    public static void main(String[] arguments) {
      ConsoleLog.open(LogLevel.INFO);
      Logger.getLogger("io.grpc.netty.TcpMetrics").info("Epoll available: true");
      Logger made = Logger.getLogger("io.netty.MadeByLiberty");
      made.setLevel(Level.INFO);
      made.info("Liberty gives loggers their levels");
      Logger.getLogger("io.netty.Native").log(Level.WARNING, "no native library: {0}", "slow");
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
