package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system that fills up while a database is being written. Needs to be allowed to mount. */
class DerbyFullDiskTest {
  private static final int BALLAST_BYTES = 8 << 20;

  @TempDir Path directory;
  private Path disk;

  @BeforeEach
  void mountASmallDisk() throws Exception {
    disk = Files.createDirectory(directory.resolve("disk"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", disk.toString()));
    Files.write(disk.resolve("ballast"), new byte[BALLAST_BYTES]);
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", "-l", disk.toString());
  }

  private static boolean run(String... command) throws Exception {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException noSuchCommand) {
      return false;
    }
  }

  @Test
  void theLogFailsClearlyAndHasEverythingThatWasFlushedOnceThereIsSpaceAgain() throws Exception {
    Path path = disk.resolve("wal");
    DerbyWal wal = new DerbyWal(path, new WalSettings(4 << 20, 200));
    wal.open();
    long flushed = 0;
    IOException failure = null;
    while (failure == null) {
      try {
        for (int more = 0; more < 5; more++) {
          wal.append(WalWriter.entry(flushed + 1 + more));
        }
        wal.flush();
        flushed += 5;
      } catch (IOException e) {
        failure = e;
      }
    }
    assertThat(failure).hasMessageContaining(path.toString());
    assertThatThrownBy(wal::flush).isInstanceOf(IOException.class);
    wal.close();

    Files.delete(disk.resolve("ballast"));
    DerbyWal again = new DerbyWal(path, new WalSettings(4 << 20, 200));
    assertThat(again.open().lastIndex()).isGreaterThanOrEqualTo(flushed);
    for (long index = 1; index <= flushed; index++) {
      assertThat(again.read(index).payload()).isEqualTo(WalWriter.entry(index).payload());
    }
    again.close();
  }

  @Test
  void theHistoryFailsClearlyAndHasEveryBatchOnceThereIsSpaceAgain() throws Exception {
    Path path = disk.resolve("history");
    DerbyHistory history = new DerbyHistory(path, new HistorySettings(200, 2));
    history.open();
    long applied = 0;
    IOException failure = null;
    while (failure == null) {
      try {
        history.append(new Batch(applied + 1, 1, List.of(page(applied + 1)), Map.of()));
        applied++;
      } catch (IOException e) {
        failure = e;
      }
    }
    assertThat(failure).hasMessageContaining(path.toString());
    history.close();

    Files.delete(disk.resolve("ballast"));
    DerbyHistory again = new DerbyHistory(path, new HistorySettings(200, 2));
    assertThat(again.open().appliedIndex()).isGreaterThanOrEqualTo(applied);
    for (long index = 1; index <= applied; index++) {
      assertThat(again.readPage(new Revision(index, 0))).isEqualTo(page(index).data());
    }
    again.close();
  }

  private static Page page(long main) {
    byte[] data = new byte[24_000];
    new Random(main).nextBytes(data);
    return new Page(new Revision(main, 0), data);
  }
}
