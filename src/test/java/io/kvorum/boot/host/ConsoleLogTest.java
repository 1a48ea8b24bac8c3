package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

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

  private static LogRecord record(Level level, String message) {
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName("io.kvorum.derby.WalStore");
    record.setInstant(Instant.parse("2026-11-20T09:41:22.123Z"));
    return record;
  }
}
