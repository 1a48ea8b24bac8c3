package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.backup.SnapshotBuilder;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.sealing.KeyList;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedWriter;
import io.kvorum.sealing.UnusableKeysException;
import io.kvorum.testing.FileScan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on encrypted snapshots, as a member makes them on its schedule. */
final class SealedSnapshotCommandsTest {
  private static final String SECRET = "nobody may read this";

  @TempDir private Path directory;
  private byte[] plain;
  private Path sealed;
  private Path plainFile;
  private String keys;

  @BeforeEach
  void makeABackup() throws IOException {
    Path keyFile = KeyFiles.write(directory.resolve("keys"), "k1");
    keys = "--encryption-key-file=" + keyFile;
    plain = SnapshotBuilder.withAllBuckets().put(2, "foo", SECRET).put(3, "a", "1").bytes();
    plainFile = Files.write(directory.resolve("plain.db"), plain);
    sealed = directory.resolve("kvorum-1-20261130T130000Z-3.db.sealed");
    try (FileChannel out =
            FileChannel.open(sealed, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        SealedWriter writer =
            new SealedWriter(out, MasterKeys.read(keyFile).active().orElseThrow())) {
      writer.write(ByteBuffer.wrap(plain));
      writer.finish();
    }
  }

  @Test
  void statusAndHashAreThoseOfThePlainFile() throws Exception {
    for (String[] command : new String[][] {{"snapshot", "status"}, {"hashkv"}}) {
      RunTool expected = run(command, plainFile.toString());
      RunTool actual = run(command, sealed.toString(), keys);
      assertThat(actual.err()).isEmpty();
      assertThat(actual.out()).isEqualTo(expected.out()).isNotEmpty();
    }
  }

  private static RunTool run(String[] command, String... more) throws InterruptedException {
    String[] all = Arrays.copyOf(command, command.length + more.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    return RunTool.with(all);
  }

  @Test
  void withoutItsKeyAFileIsRefusedWithTheIdOfTheKey() throws Exception {
    RunTool run = RunTool.with("snapshot", "status", sealed.toString());
    assertThat(run.status()).isNotZero();
    assertThat(run.err())
        .containsExactly(
            "Error: "
                + sealed
                + " is sealed with the key k1: give --encryption-key-file, with a file that has"
                + " this key");
  }

  @Test
  void decryptMakesAnEtcdsFileForItsOwnerAlone() throws Exception {
    Path to = directory.resolve("decrypted.db");
    RunTool run = RunTool.with("snapshot", "decrypt", sealed.toString(), to.toString(), keys);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(Files.readAllBytes(to)).isEqualTo(plain);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(to)))
        .isEqualTo("rw-------");
    assertThat(RunTool.with("snapshot", "decrypt", sealed.toString(), to.toString(), keys).status())
        .as("it is not overwritten")
        .isNotZero();
  }

  @Test
  void aChangedFileIsNotDecryptedAndLeavesNothing() throws Exception {
    byte[] changed = Files.readAllBytes(sealed);
    changed[changed.length / 2] ^= 1;
    Files.write(sealed, changed);
    Path to = directory.resolve("decrypted.db");
    RunTool run = RunTool.with("snapshot", "decrypt", sealed.toString(), to.toString(), keys);
    assertThat(run.status()).isNotZero();
    assertThat(run.err())
        .singleElement()
        .asString()
        .contains("the seal of " + sealed + " is broken");
    assertThat(to).doesNotExist();
    assertThat(Path.of(to + ".part")).doesNotExist();
  }

  @Test
  void restoreMakesASealedDirectory() throws Exception {
    Path data = directory.resolve("data");
    RunTool run =
        RunTool.with(
            "snapshot",
            "restore",
            sealed.toString(),
            keys,
            "--data-dir=" + data,
            "--initial-cluster=default=http://127.0.0.1:25001",
            "--initial-advertise-peer-urls=http://127.0.0.1:25001");
    assertThat(run.status()).as("%s", run.err()).isZero();
    assertThat(FileScan.filesWith(data, SECRET)).isEmpty();
    for (String database : new String[] {"member/history", "member/wal"}) {
      assertThatThrownBy(() -> KeyList.verified(data.resolve(database), MasterKeys.NONE))
          .isInstanceOf(UnusableKeysException.class);
    }
  }

  @Test
  void restoreWithoutTheKeyLeavesNothing() throws Exception {
    Path data = directory.resolve("data");
    RunTool run =
        RunTool.with(
            "snapshot",
            "restore",
            sealed.toString(),
            "--data-dir=" + data,
            "--initial-cluster=default=http://127.0.0.1:25001",
            "--initial-advertise-peer-urls=http://127.0.0.1:25001");
    assertThat(run.status()).isNotZero();
    assertThat(run.err()).singleElement().asString().contains("is sealed with the key k1");
    assertThat(data).doesNotExist();
  }
}
