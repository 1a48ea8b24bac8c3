package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where backups may go. MemberConfigTest has the forms of the flags. */
class BackupsTest {
  @TempDir private Path directory;

  private MemberConfig config(String... more) {
    Map<String, String> flags = new HashMap<>();
    flags.put("data-dir", directory.resolve("data").toString());
    flags.put("backup-interval", "1h");
    for (int i = 0; i < more.length; i += 2) {
      flags.put(more[i], more[i + 1]);
    }
    return MemberConfig.fromFlags(flags::get);
  }

  private static void assertRefused(ThrowingCallable start, Path backups, String reason) {
    assertThatThrownBy(start)
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"%s\" for flag --backup-dir: %s", backups, reason);
  }

  @Test
  void aMissingDirectoryIsCreatedForItsOwner() throws IOException {
    Path backups = directory.resolve("a/b");
    try (DataDirectory held = DataDirectory.hold(config("backup-dir", backups.toString()))) {
      assertThat(held.member()).exists();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backups)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void whatIsNoDirectoryIsRefusedBeforeDataIsTouched() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertRefused(
        () -> DataDirectory.hold(config("backup-dir", file.toString())), file, "not a directory");
    Path below = file.resolve("below");
    assertRefused(
        () -> DataDirectory.hold(config("backup-dir", below.toString())),
        below,
        "a file is in the way");
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void aMemberThatHasDataStartsWithoutItsDiskOfBackups() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Path member = Files.createDirectories(directory.resolve("data/member"));
    Files.createFile(member.resolve(DataDirectory.IDENTITY_FILE));
    try (DataDirectory held = DataDirectory.hold(config("backup-dir", file + "/below"))) {
      assertThat(held.member()).isEqualTo(member);
    }
  }

  @Test
  void theDirectoriesOfTheMemberAreRefused() throws IOException {
    String reason =
        "must be outside of the directories of the member, which are deleted before a restore";
    Path data = directory.resolve("data");
    Path wal = directory.resolve("wal");
    for (Path inside : new Path[] {data, data.resolve("backups"), wal, wal.resolve("x")}) {
      assertRefused(
          () -> config("backup-dir", inside.toString(), "wal-dir", wal.toString()), inside, reason);
    }
    Files.createDirectory(data);
    Path link = Files.createSymbolicLink(directory.resolve("link"), data);
    assertRefused(() -> DataDirectory.hold(config("backup-dir", link.toString())), link, reason);
    try (DataDirectory held = DataDirectory.hold(config("backup-dir", directory.toString()))) {
      assertThat(held.member()).as("data inside the directory of backups").exists();
    }
  }

  @Test
  void anIntervalOfZeroTurnsTheOthersOff() {
    assertThat(config("backup-interval", "0", "backup-dir", "/b", "backup-keep", "2").backups())
        .isEmpty();
    assertThat(config("backup-dir", "/b").backups().orElseThrow().member()).isEmpty();
    assertThat(config("backup-dir", "/b", "backup-member", "leader").backups().orElseThrow().keep())
        .isEqualTo(7);
  }
}
