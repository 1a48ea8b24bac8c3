package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.WriteAheadLogContract;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class MeteredLogContractTest extends WriteAheadLogContract {
  private final Timings timings = new Timings();
  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();

  @Override
  protected WriteAheadLog onStorageOfThisTest() {
    return new MeteredLog(new InMemoryWal(disk), timings);
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
