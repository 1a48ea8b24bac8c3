package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvorum.model.Bytes;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreWriter;
import io.kvorum.mvcc.WriteTxn;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.testing.FileScan;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BackupDirectoryTest {
  private static final Instant NOW = Instant.parse("2026-11-30T13:00:00Z");
  private static final BackupDirectory.Room ENOUGH = bytes -> {};

  @TempDir private Path directory;
  @TempDir private Path keyPlace;
  private MvccStore store;
  private StoreWriter writer;
  private long index;

  @BeforeEach
  void open() throws IOException {
    store =
        new MvccStore(
            new InMemoryHistory(),
            new StoreSettings(1 << 20, 1 << 20, 1 << 20),
            failure -> {
              throw new AssertionError(failure);
            });
    writer = store.open().writer();
    fill(100);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private void fill(int values) {
    Random random = new Random(values);
    for (int i = 0; i < values; i++) {
      byte[] value = new byte[100_000];
      random.nextBytes(value);
      WriteTxn txn = writer.begin();
      txn.put(Bytes.utf8("key" + i), Bytes.wrap(value), 0);
      txn.finish();
      writer.commit(++index, 1, Map.of());
    }
  }

  private SnapshotExport export() throws IOException {
    return new SnapshotExport(store.openSnapshot().orTimeout(20, TimeUnit.SECONDS).join());
  }

  private BackupDirectory of(long clusterId, long memberId) {
    return new BackupDirectory(directory, clusterId, memberId, ENOUGH);
  }

  private void backUp(BackupDirectory to, Instant time) throws IOException {
    try (PartialBackup file = to.begin(time, export())) {
      file.write(Progress.NONE);
      file.verify(Progress.NONE);
      file.commit();
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aBackupIsASnapshotThatOnlyItsOwnerReads() throws IOException {
    backUp(of(7, 1), NOW);
    assertThat(names()).containsExactly("kvorum-7-20261130T130000Z-101.db");
    Path file = directory.resolve(names().get(0));
    SnapshotHash.verify(file, Progress.NONE);
    assertThat(SnapshotStatus.of(file, Progress.NONE).revision()).isEqualTo(101);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(of(7, 2).backups()).containsExactly(new BackupName(7, NOW, 101, false));
    assertThat(of(8, 1).backups()).isEmpty();
  }

  @Test
  void sealedAndPlainBackupsAreOneRowOfBackups() throws IOException {
    MasterKeys keys = MasterKeys.read(KeyFiles.write(keyPlace.resolve("keys"), "k1"));
    BackupDirectory sealed = new BackupDirectory(directory, 7, 0xa, ENOUGH, () -> keys);
    backUp(of(7, 1), NOW.minusSeconds(20));
    backUp(sealed, NOW.minusSeconds(10));
    backUp(sealed, NOW);
    Path newest = directory.resolve("kvorum-7-20261130T130000Z-101.db.sealed");
    assertThat(FileScan.filesWith(directory, "key1"))
        .extracting(file -> file.getFileName().toString())
        .containsExactly("kvorum-7-20261130T125940Z-101.db");
    assertThat(SnapshotStatus.of(newest, keys, Progress.NONE).revision()).isEqualTo(101);
    assertThat(sealed.backups().get(0)).isEqualTo(new BackupName(7, NOW, 101, true));
    assertThat(sealed.prune(NOW, 2)).isEqualTo(1);
    assertThat(names())
        .containsExactly(
            "kvorum-7-20261130T125950Z-101.db.sealed", newest.getFileName().toString());
  }

  @Test
  void aSealedBackupThatTheDiskChangedIsNotCommitted() throws IOException {
    MasterKeys keys = MasterKeys.read(KeyFiles.write(keyPlace.resolve("keys"), "k1"));
    BackupDirectory sealed = new BackupDirectory(directory, 7, 0xa, ENOUGH, () -> keys);
    try (PartialBackup file = sealed.begin(NOW, export())) {
      file.write(Progress.NONE);
      Path partial = directory.resolve("kvorum-7-20261130T130000Z-101.db.sealed.a.partial");
      assertThat(Files.size(partial)).isEqualTo(file.bytes());
      byte[] bytes = Files.readAllBytes(partial);
      bytes[bytes.length / 2] ^= 1;
      Files.write(partial, bytes);
      assertThatThrownBy(() -> file.verify(Progress.NONE))
          .isInstanceOf(SnapshotException.class)
          .hasMessageContaining("damaged when it was read back: the seal of");
    }
    assertThat(names()).isEmpty();
    Files.createFile(directory.resolve("kvorum-7-20261130T130000Z-101.db.sealed.a.partial"));
    sealed.deletePartials();
    assertThat(names()).isEmpty();
  }

  @Test
  void untilItIsWholeItHasNotTheNameOfABackup() throws IOException {
    try (PartialBackup file = of(7, 0xa).begin(NOW, export())) {
      file.write(
          (step, done, total) -> {
            assertThat(done).isPositive();
            assertThat(total).isEqualTo(file.bytes());
          });
      assertThat(names()).containsExactly("kvorum-7-20261130T130000Z-101.db.a.partial");
      assertThat(of(7, 0xa).backups()).isEmpty();
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void damageIsFoundWhenItIsReadBack() throws IOException {
    for (long at : new long[] {4_100, 5_000_000, -1}) {
      try (PartialBackup file = of(7, 1).begin(NOW, export())) {
        file.write(Progress.NONE);
        flipBit(directory.resolve(names().get(0)), at < 0 ? file.bytes() + at : at);
        assertThatThrownBy(() -> file.verify(Progress.NONE))
            .isInstanceOf(SnapshotException.class)
            .hasMessageStartingWith("damaged when it was read back: expected sha256 [");
      }
      assertThat(names()).as("byte %d", at).isEmpty();
    }
  }

  private static void flipBit(Path path, long at) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      int old = file.read();
      file.seek(at);
      file.write(old ^ 4);
    }
  }

  @Test
  void whatAProgressThrowsEndsItWithoutATrace() throws IOException {
    try (PartialBackup file = of(7, 1).begin(NOW, export())) {
      Progress half =
          (step, done, total) -> {
            if (done > total / 2) {
              throw new IllegalStateException("half of it");
            }
          };
      assertThatThrownBy(() -> file.write(half)).hasMessage("half of it");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void theOldestOnesOfTheClusterArePrunedAndNothingElse() throws IOException {
    List<String> others =
        List.of(
            "kvorum-7-20200101T000000Z-5.db.1.partial",
            "kvorum-7-20200101T000000Z-5.db.bak",
            "kvorum-8-20200101T000000Z-5.db",
            "kvorum-7-20200101-5.db",
            "notes.txt");
    for (String other : others) {
      Files.createFile(directory.resolve(other));
    }
    Files.createDirectory(directory.resolve("kvorum-7-20200101T000000Z-6.db"));
    Files.createSymbolicLink(
        directory.resolve("kvorum-7-20200101T000000Z-7.db"), Path.of("notes.txt"));
    for (int hour = 0; hour < 5; hour++) {
      Files.createFile(
          directory.resolve(
              new BackupName(7, NOW.minusSeconds(3600L * hour), 9, false).fileName()));
    }
    String future = new BackupName(7, NOW.plusSeconds(3600), 1, false).fileName();
    Files.createFile(directory.resolve(future));

    assertThat(of(7, 1).prune(NOW, 2)).isEqualTo(3);
    assertThat(of(7, 1).prune(NOW, 2)).isZero();
    assertThat(names())
        .hasSize(10)
        .containsAll(others)
        .contains(
            "kvorum-7-20200101T000000Z-6.db",
            "kvorum-7-20200101T000000Z-7.db",
            "kvorum-7-20261130T130000Z-9.db",
            "kvorum-7-20261130T120000Z-9.db",
            future);
  }

  @Test
  void onlyWhatThisMemberLeftUnfinishedIsDeleted() throws IOException {
    List<String> others =
        List.of(
            "kvorum-7-20200101T000000Z-5.db",
            "kvorum-7-20200101T000000Z-5.db.2.partial",
            "kvorum-8-20200101T000000Z-5.db.1.partial",
            "kvorum-7-notes.db.1.partial",
            "x.db.1.partial");
    for (String other : others) {
      Files.createFile(directory.resolve(other));
    }
    Files.createFile(directory.resolve("kvorum-7-20200101T000000Z-5.db.1.partial"));
    of(7, 1).deletePartials();
    assertThat(names()).containsExactlyInAnyOrderElementsOf(others);
  }

  @Test
  void withoutRoomNothingIsWritten() throws IOException {
    BackupDirectory full =
        new BackupDirectory(
            directory,
            7,
            1,
            bytes -> {
              assertThat(bytes).isGreaterThan(10_000_000);
              throw new IOException("no space left");
            });
    assertThatThrownBy(() -> backUp(full, NOW)).hasMessage("no space left");
    assertThat(names()).isEmpty();
  }

  @Test
  void roomIsAskedForAgainWhileOthersFillTheDisk() throws IOException {
    long[] asked = new long[2];
    BackupDirectory filling =
        new BackupDirectory(
            directory,
            7,
            1,
            bytes -> {
              asked[1] = bytes;
              if (asked[0]++ > 0) {
                throw new IOException("no space left");
              }
            });
    assertThatThrownBy(() -> backUp(filling, NOW)).hasMessage("no space left");
    assertThat(asked[1]).isBetween(1L, 3_000_000L);
    assertThat(names()).isEmpty();
  }

  /** The others have filled it in the moment after there was room. */
  @Test
  void aFullDiskKeepsWhatItHad() throws Exception {
    SystemCommand.Outcome mounted =
        SystemCommand.attempt("mount", "-t", "tmpfs", "-o", "size=15m", "tmpfs", directory + "");
    assumeTrue(mounted.succeeded(), mounted.output());
    try {
      backUp(of(7, 1), NOW);
      List<String> before = names();
      assertThatThrownBy(() -> backUp(of(7, 1), NOW.plusSeconds(60)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left on device");
      assertThat(names()).isEqualTo(before).hasSize(1);
      SnapshotHash.verify(directory.resolve(before.get(0)), Progress.NONE);
      assertThatThrownBy(() -> new DiskReserve(directory, List.of(Path.of("/"))).require(10 << 20))
          .hasMessageMatching("no space left: 10 MiB are needed, [3-6] MiB are free");
    } finally {
      SystemCommand.run("umount", "-l", directory.toString());
    }
  }
}
