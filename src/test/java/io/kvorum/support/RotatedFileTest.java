package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.testing.MovableClock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatedFileTest {
  private static final String LINE = "x".repeat(39) + "\n";

  @TempDir private Path directory;
  private final MovableClock clock = new MovableClock(Instant.parse("2026-11-30T10:15:30Z"));

  private RotatedFile file(int maxBackups, Duration maxAge) throws IOException {
    return new RotatedFile(
            directory.resolve("audit.log"), new Rotation(100, maxBackups, maxAge), clock)
        .opened();
  }

  private static void write(RotatedFile file, int lines) throws IOException {
    for (int i = 0; i < lines; i++) {
      file.write(LINE.getBytes(StandardCharsets.US_ASCII));
    }
    file.flush();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aLargeFileIsLaidAsideUnderTheTimeAndOnlyItsOwnerMayReadIt() throws IOException {
    try (RotatedFile file = file(0, Duration.ZERO)) {
      write(file, 2);
      assertThat(names()).containsExactly("audit.log");
      write(file, 3);
      assertThat(names()).hasSize(3);
      assertThat(names().get(0))
          .matches("audit-\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.\\d{3}\\.log");
      assertThat(Files.readString(directory.resolve(names().get(0)))).isEqualTo(LINE + LINE);
      assertThat(Files.readString(directory.resolve("audit.log"))).isEqualTo(LINE);
      for (String name : names()) {
        assertThat(
                PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(directory.resolve(name))))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void whatIsThereIsContinued() throws IOException {
    try (RotatedFile file = file(0, Duration.ZERO)) {
      write(file, 1);
    }
    try (RotatedFile file = file(0, Duration.ZERO)) {
      write(file, 1);
      assertThat(Files.readString(directory.resolve("audit.log"))).isEqualTo(LINE + LINE);
      write(file, 1);
      assertThat(names()).hasSize(2);
    }
  }

  @Test
  void tooManyOldFilesAreDeletedTheOldestFirst() throws IOException {
    Files.writeString(directory.resolve("audit-notes.log"), "not one of them");
    try (RotatedFile file = file(2, Duration.ZERO)) {
      for (int i = 0; i < 5; i++) {
        write(file, 2);
        clock.move(Duration.ofSeconds(1));
      }
      List<String> kept = names();
      assertThat(kept).hasSize(4).contains("audit.log", "audit-notes.log");
      write(file, 2);
      assertThat(names()).hasSize(4).doesNotContain(kept.get(0)).contains(kept.get(1));
    }
  }

  @Test
  void oldFilesAreDeletedWhenTheyAreTooOld() throws IOException {
    try (RotatedFile file = file(0, Duration.ofDays(1))) {
      write(file, 4);
      assertThat(names()).hasSize(2);
      clock.move(Duration.ofHours(25));
      String old = names().get(0);
      write(file, 2);
      assertThat(names()).hasSize(2).doesNotContain(old);
    }
  }

  @Test
  void oldFilesAreCompressedUnderTheLocalTimeAndStillCounted() throws IOException {
    Rotation rotation = new Rotation(100, 2, Duration.ZERO, ZoneOffset.ofHours(2), true);
    Path path = directory.resolve("kvorum.log");
    try (RotatedFile file = new RotatedFile(path, rotation, clock).opened()) {
      for (int i = 0; i < 5; i++) {
        write(file, 2);
        clock.move(Duration.ofSeconds(1));
      }
    }
    assertThat(names())
        .containsExactly(
            "kvorum-2026-11-30T12-15-33.000.log.gz",
            "kvorum-2026-11-30T12-15-34.000.log.gz",
            "kvorum.log");
    try (InputStream old =
        new GZIPInputStream(Files.newInputStream(directory.resolve(names().get(0))))) {
      assertThat(new String(old.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo(LINE + LINE);
    }
  }

  @Test
  void aMissingDirectoryIsCreatedForItsOwnerIfOldFilesAreLaidAside() throws IOException {
    Path path = directory.resolve("logs/member/kvorum.log");
    assertThatThrownBy(() -> new RotatedFile(path, Rotation.none(), clock).opened())
        .isInstanceOf(NoSuchFileException.class);
    try (RotatedFile file =
        new RotatedFile(path, new Rotation(100, 0, Duration.ZERO), clock).opened()) {
      write(file, 1);
    }
    assertThat(path).hasContent(LINE);
    for (Path created : List.of(directory.resolve("logs"), directory.resolve("logs/member"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(created)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void aLineThatWasWrittenInPartIsEndedFirst() throws IOException {
    Path path = Files.writeString(directory.resolve("audit.log"), "half a li");
    try (RotatedFile file = file(0, Duration.ZERO)) {
      write(file, 1);
    }
    assertThat(Files.readString(path)).isEqualTo("half a li\n" + LINE);
  }
}
