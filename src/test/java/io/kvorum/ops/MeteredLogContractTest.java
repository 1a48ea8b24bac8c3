package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.WriteAheadLogContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;

class MeteredLogContractTest extends WriteAheadLogContract {
  private final Timings timings = new Timings();
  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();

  @Override
  protected WriteAheadLog onStorageOfThisTest() {
    return new MeteredLog(new InMemoryWal(disk), timings);
  }

  private void endsWith(long term, long index) {
    assertThat(timings.report().logEnd()).isEqualTo(new Timings.LogEnd(term, index));
  }

  @Test
  void theLastLogEntryIsReportedFromTheOpeningOn() throws IOException {
    try (WriteAheadLog log = new InMemoryWal(disk)) {
      log.open();
      log.append(entry(1, 1, 10));
      log.append(entry(2, 3, 10));
      log.flush();
    }
    endsWith(0, 0);
    try (WriteAheadLog log = onStorageOfThisTest()) {
      log.open();
      endsWith(3, 2);
      log.append(entry(3, 3, 10));
      endsWith(3, 3);
      log.truncateFrom(2);
      log.append(entry(2, 4, 10));
      endsWith(4, 2);
      log.reset(9, 5);
      endsWith(5, 9);
    }
    try (WriteAheadLog log = onStorageOfThisTest()) {
      log.open();
      endsWith(5, 9);
    }
  }

  @Test
  void openingALogLogsItsLastEntry() throws IOException {
    List<String> lines = new ArrayList<>();
    Handler handler = handler(lines);
    Logger logger = Logger.getLogger(MeteredLog.class.getName());
    logger.addHandler(handler);
    try (WriteAheadLog log = new InMemoryWal(disk)) {
      log.open();
      log.append(entry(1, 7, 10));
      log.flush();
    }
    try (WriteAheadLog log = onStorageOfThisTest()) {
      log.open();
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(lines).containsExactly("last log entry: index 1, term 7");
  }

  private static Handler handler(List<String> lines) {
    return new Handler() {
      @Override
      public void publish(LogRecord line) {
        lines.add(new SimpleFormatter().formatMessage(line));
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  @Test
  void flushesAreTimedAndBytesCounted() throws IOException {
    try (WriteAheadLog log = onStorageOfThisTest()) {
      log.open();
      log.append(entry(1, 1, 100));
      log.append(entry(2, 1, 50));
      log.flush();
      log.flush();
      assertThat(timings.report().logFlushes().count()).isEqualTo(2);
      assertThat(timings.report().logBytes()).isEqualTo(150);
    }
  }
}
