package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.WriteAheadLogContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class DerbyWalContractTest extends WriteAheadLogContract {
  @TempDir(factory = FastTempDir.class)
  Path directory;

  @Override
  protected WriteAheadLog onStorageOfThisTest() {
    return new DerbyWal(directory.resolve("wal"), new WalSettings(2_000, 500));
  }
}
