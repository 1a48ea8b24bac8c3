package io.kvorum.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
  @TempDir Path directory;

  @Test
  void aReplacedFileHasTheNewContentAloneAndNothingIsLeftBesideIt() throws IOException {
    Path file = directory.resolve("identity");
    DurableFiles.replace(file, "the former content".getBytes(UTF_8));
    Files.writeString(directory.resolve("identity.new"), "left by a crash, and longer than both");
    DurableFiles.replace(file, "new".getBytes(UTF_8));
    assertThat(file).hasContent("new");
    assertThat(directory).isDirectoryContaining(file::equals);
    assertThat(directory.resolve("identity.new")).doesNotExist();
  }

  @Test
  void aTreeIsDeletedWholeAndAMissingOneIsNoError() throws IOException {
    Path root = Files.createDirectories(directory.resolve("a/b/c")).getParent().getParent();
    Files.writeString(root.resolve("b/file"), "x");
    DurableFiles.deleteTree(root);
    DurableFiles.deleteTree(root);
    assertThat(root).doesNotExist();
    assertThat(directory).exists();
  }

  @Test
  void privateDirectoriesAreTheirOwnersAlone() throws IOException {
    Path deep = directory.resolve("p/q");
    DurableFiles.createPrivateDirectories(deep);
    DurableFiles.createPrivateDirectories(deep);
    for (Path created : new Path[] {deep, directory.resolve("p")}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(created)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void directoriesAreCreatedWithThoseAboveThemAndExistingOnesAreNoError() throws IOException {
    Path deep = directory.resolve("a/b/c");
    DurableFiles.createDirectories(deep);
    DurableFiles.createDirectories(deep);
    assertThat(deep).isEmptyDirectory();
    Path file = Files.writeString(directory.resolve("file"), "x");
    assertThatThrownBy(() -> DurableFiles.createDirectories(file.resolve("below")))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessage(file.toString());
  }
}
