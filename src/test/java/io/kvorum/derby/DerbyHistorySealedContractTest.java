package io.kvorum.derby;

import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.history.RevisionHistoryContract;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The history as it is for a member with keys. */
class DerbyHistorySealedContractTest extends RevisionHistoryContract {
  @TempDir(factory = FastTempDir.class)
  Path directory;

  @Override
  protected RevisionHistory onStorageOfThisTest() throws IOException {
    return new DerbyHistory(
        directory.resolve("history"),
        new HistorySettings(1_000, 4),
        Sealing.of(KeyFiles.write(directory.resolve("keys"), "k1")));
  }
}
