package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.derby.files.DatabaseFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every instant at which the creation of a database can be interrupted. */
final class DatabaseDirectoryTest {
  /** The files and directories at the top of a new log. */
  private static final int TOP_LEVEL = 7;

  @TempDir(factory = FastTempDir.class)
  private Path parent;

  private Path directory;

  @BeforeEach
  void setUp() throws IOException {
    directory = Files.createDirectory(parent.resolve("wal"));
  }

  @Test
  void theDirectoryStaysTheSameAndNothingIsLeftInItOrBesideIt() throws IOException {
    Object before = Files.getAttribute(directory, "unix:ino");
    useTheLog();
    assertThat(Files.getAttribute(directory, "unix:ino")).isEqualTo(before);
    assertThat(names(directory)).noneMatch(name -> name.startsWith("."));
    assertThat(names(parent)).containsExactly("wal");
  }

  @Test
  void aDirectoryThatIsMissingIsCreated() throws IOException {
    Files.delete(directory);
    useTheLog();
    assertThat(names(parent)).containsExactly("wal");
  }

  @Test
  void whatFileSystemsHaveInAMountPointIsNoDatabaseAndStays() throws IOException {
    Files.createDirectory(directory.resolve("lost+found"));
    Files.createDirectory(directory.resolve(".snapshot"));
    assertThat(DatabaseDirectory.isVacant(directory)).isTrue();
    useTheLog();
    assertThat(names(directory)).contains("lost+found", ".snapshot", "seg0");
    assertThat(DatabaseDirectory.isVacant(directory)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"seg0", "0000000000000000-0000000000000000.wal", "notes.txt"})
  void whatSomebodyElseHasPutThereIsNotMixedWithADatabase(String name) throws IOException {
    Files.createDirectory(directory.resolve(name));
    assertThatThrownBy(this::useTheLog)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged: the file service.properties is missing");
    assertThat(names(directory)).containsExactly(name);
  }

  @Test
  void aCreationThatFailsLeavesTheDirectoryVacantAndTheNextOneStartsOver() throws IOException {
    DatabaseDirectory place = new DatabaseDirectory(directory);
    assertThatThrownBy(
            () ->
                place.fill(
                    unfinished -> {
                      Files.writeString(
                          Files.createDirectories(unfinished).resolve("service.properties"), "hal");
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");
    assertThat(DatabaseDirectory.isVacant(directory)).isTrue();
    useTheLog();
  }

  @Test
  void aDatabaseThatWasWrittenButNotRecordedAsWholeIsWrittenAgain() throws IOException {
    writeNew(directory.resolve(".unfinished"));
    Files.delete(directory.resolve(".unfinished/service.properties"));
    useTheLog();
    assertThat(names(directory)).noneMatch(name -> name.startsWith("."));
  }

  static IntStream moved() {
    return IntStream.rangeClosed(0, TOP_LEVEL);
  }

  @ParameterizedTest
  @MethodSource("moved")
  void aDatabaseThatWasMovedUpInPartIsFinished(int moved) throws IOException {
    Path whole = directory.resolve(".whole");
    writeNew(whole);
    List<String> all = names(whole);
    assertThat(all).hasSize(TOP_LEVEL);
    for (String name : all.subList(0, moved)) {
      Files.move(whole.resolve(name), directory.resolve(name));
    }
    assertThat(DatabaseDirectory.isVacant(directory)).isTrue();
    new DerbyWal(directory).verify();
    new DatabaseDirectory(directory)
        .fill(
            place -> {
              throw new AssertionError("it is there already");
            });
    assertThat(names(directory)).isEqualTo(all);
    useTheLog();
  }

  @Test
  void aDatabaseIsLeftAsItIs() throws IOException {
    useTheLog();
    new DatabaseDirectory(directory)
        .fill(
            place -> {
              throw new AssertionError("it is there already");
            });
    DerbyWal again = new DerbyWal(directory);
    assertThat(again.open().lastIndex()).isEqualTo(1);
    again.close();
  }

  /** Verifies and opens the log as a member does, and writes to it. */
  private void useTheLog() throws IOException {
    DerbyWal log = new DerbyWal(directory);
    log.verify();
    assertThat(log.open().lastIndex()).isZero();
    log.append(new Entry(1, 1, new byte[] {1}));
    log.flush();
    log.close();
  }

  private static void writeNew(Path place) throws IOException {
    assertThat(EmptyDatabase.unpack(DerbyWal.databaseSettings().name(), place)).isTrue();
    DatabaseFiles.seal(place);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }
}
