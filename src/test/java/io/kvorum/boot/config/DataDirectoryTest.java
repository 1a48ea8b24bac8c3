package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.testing.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {
  @TempDir private Path directory;

  @Test
  void createsWhatIsMissing() {
    Path data = directory.resolve("a/b");
    try (DataDirectory held = DataDirectory.hold(config(data))) {
      assertThat(held.member()).isEqualTo(data.resolve("member")).isDirectory();
      assertThat(held.wal()).isEqualTo(data.resolve("member/wal")).isDirectory();
    }
  }

  @Test
  void canBeHeldOnceAtATime() {
    Path data = directory.resolve("data");
    try (DataDirectory held = DataDirectory.hold(config(data))) {
      assertThat(held.member()).exists();
      assertThatThrownBy(() -> DataDirectory.hold(config(data)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage("data directory \"" + data + "\" is in use by this process");
    }
    DataDirectory.hold(config(data)).close();
  }

  @Test
  void whatItCreatesIsTheOwnersAloneAndWhatOthersCanUseIsAWarning() throws IOException {
    Path data = directory.resolve("data");
    try (CapturedLog log = CapturedLog.of(DataDirectory.class.getName())) {
      DataDirectory.hold(config(data)).close();
      for (Path created : List.of(data, data.resolve("member"), data.resolve("member/wal"))) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(created)))
            .isEqualTo("rwx------");
      }
      assertThat(log.lines()).isEmpty();
      Files.setPosixFilePermissions(
          data.resolve("member"), PosixFilePermissions.fromString("rwxr-x---"));
      DataDirectory.hold(config(data)).close();
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains(
              "directory \""
                  + data.resolve("member")
                  + "\" can be used by others (rwxr-x---), and so can the data in it: it should"
                  + " be rwx------");
    }
  }

  @Test
  void knowsWhetherAMemberHasStartedBefore() throws IOException {
    MemberConfig config = config(directory);
    assertThat(DataDirectory.hasMember(config)).isFalse();
    Files.createDirectories(directory.resolve("member"));
    Files.writeString(directory.resolve("member/identity.properties"), "");
    assertThat(DataDirectory.hasMember(config)).isTrue();
  }

  @Test
  void aFileInTheWayIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "mine");
    assertThatThrownBy(() -> DataDirectory.hold(config(file)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cannot write \"" + file + "\"");
    assertThat(file).hasContent("mine");
  }

  @Test
  void leavesTheDataOfAStockEtcdAlone() throws IOException {
    Path database = directory.resolve("member/snap/db");
    Files.createDirectories(database.getParent());
    Files.writeString(database, "bbolt");
    assertThatThrownBy(() -> DataDirectory.hold(config(directory)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("data directory \"" + directory + "\" holds the data of a stock etcd");
    assertThat(directory.resolve("member/LOCK")).doesNotExist();
  }

  @Test
  void theProbeOfAStartThatWasKilledIsRemoved() throws IOException {
    Path wal = Files.createDirectories(directory.resolve("member/wal"));
    Files.writeString(wal.resolve(".touch"), "left behind");
    try (DataDirectory held = DataDirectory.hold(config(directory))) {
      assertThat(held.wal()).isEmptyDirectory();
    }
  }

  @Test
  void aLogThatCannotBeWrittenIsNamedAndNothingStaysHeld() throws IOException {
    Path wal = directory.resolve("member/wal");
    Files.createDirectories(wal.resolve(".touch/in-the-way"));
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> DataDirectory.hold(config(directory)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("cannot write \"" + wal + "\"");
    }
  }

  private static MemberConfig config(Path data) {
    return MemberConfig.fromFlags(Map.of("data-dir", data.toString())::get);
  }
}
