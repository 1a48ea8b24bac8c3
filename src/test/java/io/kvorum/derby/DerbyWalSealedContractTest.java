package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.WriteAheadLogContract;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The log as it is for a member with keys. */
class DerbyWalSealedContractTest extends WriteAheadLogContract {
  @TempDir(factory = FastTempDir.class)
  Path directory;

  @Override
  protected WriteAheadLog onStorageOfThisTest() throws IOException {
    return new DerbyWal(
        directory.resolve("wal"),
        new WalSettings(2_000, 500),
        Sealing.of(KeyFiles.write(directory.resolve("keys"), "k1")));
  }
}
