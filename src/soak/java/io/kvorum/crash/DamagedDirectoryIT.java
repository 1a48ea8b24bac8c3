package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real launcher on a data directory that was stopped cleanly and damaged since: it ends with
 * one line that names the database and the file, and changes no file of the member.
 */
@Timeout(900)
final class DamagedDirectoryIT {
  private static final int WRITES = 200;
  private static final int PAGE_BYTES = 4_096;

  /** What happens to a file. */
  private interface Damage {
    void to(RandomAccessFile file) throws IOException;
  }

  @TempDir private static Path sound;
  @TempDir private Path directory;

  @BeforeAll
  static void makeTheSoundDirectory() throws Exception {
    URI endpoint = Ports.freeUrl();
    try (ServerProcess member = start(sound, endpoint);
        Client client = new Client(endpoint)) {
      member.awaitReady();
      for (int i = 0; i < WRITES; i++) {
        client.perform(new Write.Put("key" + i, "value" + i + "-".repeat(4_000), 0));
      }
      assertThat(member.terminate()).isZero();
    }
  }

  @Test
  void bytesOverwrittenInTheHistoryAreNamed() throws Exception {
    copy();
    String file = largestContainer("history");
    damage("history/" + file, DamagedDirectoryIT::overwriteTheMiddle);
    assertRefused("history", file, "wrong checksum in page");
  }

  @Test
  void bytesOverwrittenInTheLogAreNamedBeforeTheHistoryIsTouched() throws Exception {
    copy();
    String file = largestContainer("wal");
    damage("wal/" + file, DamagedDirectoryIT::overwriteTheMiddle);
    assertRefused("wal", file, "wrong checksum in page");
  }

  @Test
  void aShortenedFileOfTheLogIsNamed() throws Exception {
    copy();
    String file = largestContainer("wal");
    damage("wal/" + file, bytes -> bytes.setLength(bytes.length() - PAGE_BYTES));
    assertRefused("wal", file, "bytes, not as it was closed");
  }

  @Test
  void aMissingFileOfTheHistoryIsNamed() throws Exception {
    copy();
    String file = largestContainer("history");
    Files.delete(directory.resolve("member/history").resolve(file));
    assertRefused("history", file, "is missing");
  }

  /** Only the state tells that there was a log: it has to be opened to know, and files change. */
  @Test
  void aMissingLogIsNoticedOnceTheHistoryIsOpen() throws Exception {
    copy();
    Path log = directory.resolve("member/wal");
    try (Stream<Path> tree = Files.walk(log)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    try (ServerProcess member = start(directory, Ports.freeUrl())) {
      assertThat(member.awaitExit()).isEqualTo(1);
      assertThat(member.complaints()).hasSize(1);
      assertThat(member.complaints().get(0))
          .matches(
              ".*Z error OwnProcess: the write-ahead log is empty, but the state holds entries up"
                  + " to .*");
    }
  }

  private static void overwriteTheMiddle(RandomAccessFile file) throws IOException {
    file.seek(file.length() / 2 / PAGE_BYTES * PAGE_BYTES + 1_000);
    file.write("damaged".getBytes(StandardCharsets.US_ASCII));
  }

  private void assertRefused(String database, String file, String what) throws Exception {
    Map<String, Long> before = checksums();
    try (ServerProcess member = start(directory, Ports.freeUrl())) {
      assertThat(member.awaitExit()).isEqualTo(1);
      assertThat(member.stderr()).noneMatch(line -> line.contains("ready to serve"));
      assertThat(member.complaints()).hasSize(1);
      assertThat(member.complaints().get(0))
          .contains("Z error OwnProcess: ")
          .contains(directory.resolve("member").resolve(database) + " is damaged: the file " + file)
          .contains(what)
          .endsWith("nothing has been changed");
    }
    assertThat(checksums()).isEqualTo(before);
  }

  private void damage(String file, Damage damage) throws IOException {
    Path path = directory.resolve("member").resolve(file);
    try (RandomAccessFile access = new RandomAccessFile(path.toFile(), "rw")) {
      damage.to(access);
    }
  }

  private static ServerProcess start(Path directory, URI client) throws IOException {
    return ServerProcess.kvorum(
        "--data-dir",
        directory.toString(),
        "--listen-client-urls",
        client.toString(),
        "--kvorum-admin-url=" + Ports.freeUrl());
  }

  private void copy() throws IOException {
    try (Stream<Path> tree = Files.walk(sound.resolve("member"))) {
      for (Path from : tree.toList()) {
        Path to = directory.resolve(sound.relativize(from).toString());
        Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  /** The file with the data, relative to its database. */
  private String largestContainer(String database) throws IOException {
    Path path = directory.resolve("member").resolve(database);
    try (Stream<Path> files = Files.list(path.resolve("seg0"))) {
      List<Path> bySize =
          files.sorted(Comparator.comparingLong(file -> -file.toFile().length())).toList();
      return path.relativize(bySize.get(0)).toString();
    }
  }

  /** Of all files of the member but its lock, which holds the number of the last process. */
  private Map<String, Long> checksums() throws IOException {
    Map<String, Long> sums = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(directory.resolve("member"))) {
      for (Path file : tree.filter(Files::isRegularFile).toList()) {
        String name = directory.relativize(file).toString();
        if (!name.equals("member/LOCK")) {
          CRC32C sum = new CRC32C();
          sum.update(Files.readAllBytes(file));
          sums.put(name, sum.getValue());
        }
      }
    }
    return sums;
  }
}
