package io.kvorum.derby;

import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.history.RevisionHistoryContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class DerbyHistoryContractTest extends RevisionHistoryContract {
  @TempDir(factory = FastTempDir.class)
  Path directory;

  @Override
  protected RevisionHistory onStorageOfThisTest() {
    return new DerbyHistory(directory.resolve("history"), new HistorySettings(1_000, 4));
  }
}
