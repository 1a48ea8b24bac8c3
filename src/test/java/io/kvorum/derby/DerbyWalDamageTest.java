package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.consensus.WriteAheadLog.Recovered;
import io.kvorum.derby.files.FlushMark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A damaged write-ahead log is refused, by name, and never shortened in silence. */
class DerbyWalDamageTest {
  private static final int ENTRIES = 300;
  private static final int RANDOM_DAMAGES = 30;

  /**
   * Two segments are used of the three that a new log has: no table is made or emptied in the
   * background, so that nothing changes while the files are copied.
   */
  private static final WalSettings SMALL = new WalSettings(400_000, 500);

  @TempDir(factory = FastTempDir.class)
  static Path shared;

  @TempDir(factory = FastTempDir.class)
  Path own;

  private static DatabaseImage crashed;
  private static DatabaseImage closed;

  @BeforeAll
  static void makeTheImages() throws IOException {
    Path source = shared.resolve("source");
    DerbyWal wal = open(source);
    wal.saveTerm(4, "m0");
    for (int index = 1; index <= ENTRIES; index++) {
      wal.append(entry(index));
      if (index % 3 == 0) {
        wal.flush();
        // The last commit is to be that of the last entries.
        wal.awaitKeeper();
      }
    }
    crashed = DatabaseImage.of(source, shared.resolve("crashed"));
    wal.close();
    closed = DatabaseImage.of(source, shared.resolve("closed"));
  }

  private static DerbyWal open(Path directory) throws IOException {
    DerbyWal wal = new DerbyWal(directory, SMALL);
    wal.open();
    return wal;
  }

  private static Entry entry(long index) {
    byte[] payload = new byte[(int) (index * 37 % 5_000)];
    new Random(index).nextBytes(payload);
    return new Entry(index, 4, payload);
  }

  private DatabaseImage fresh(DatabaseImage image, String name) throws IOException {
    return image.copyTo(own.resolve(name));
  }

  /** Opens the image, and checks that everything is in it. */
  private static void assertComplete(DatabaseImage image) throws IOException {
    DerbyWal wal = new DerbyWal(image.directory(), SMALL);
    Recovered recovered = wal.open();
    try {
      assertThat(recovered.term()).isEqualTo(4);
      assertThat(recovered.votedFor()).isEqualTo("m0");
      assertThat(recovered.lastIndex()).isEqualTo(ENTRIES);
      for (long index = recovered.firstIndex(); index <= ENTRIES; index++) {
        assertThat(wal.read(index).payload()).isEqualTo(entry(index).payload());
      }
    } finally {
      wal.close();
    }
  }

  private static void assertRefused(DatabaseImage image, String named) throws IOException {
    Map<String, Long> before = image.checksums();
    assertThatThrownBy(() -> open(image.directory()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(image.directory().toString())
        .hasMessageContaining(named);
    assertThat(image.checksums()).isEqualTo(before);
  }

  private static String newestLog(DatabaseImage image) throws IOException {
    List<String> logs = new ArrayList<>(image.files());
    logs.removeIf(name -> !name.matches("log/log\\d+\\.dat"));
    return logs.get(logs.size() - 1);
  }

  @Test
  void whatAKilledProcessLeavesIsCompleteAndOpensWithoutComplaint() throws IOException {
    assertComplete(fresh(crashed, "a"));
  }

  @Test
  void whatAClosedLogLeavesIsComplete() throws IOException {
    assertComplete(fresh(closed, "a"));
  }

  @Test
  void aFlippedBitInTheMiddleOfTheTransactionLogIsRefused() throws IOException {
    DatabaseImage image = fresh(crashed, "a");
    String log = newestLog(image);
    image.flipBit(log, image.endOfContent(log) / 2, 3);
    assertRefused(image, log);
  }

  @Test
  void aFlippedBitInTheLastCommitIsRefusedBecauseTheMarkKnowsItWasThere() throws IOException {
    DatabaseImage image = fresh(crashed, "a");
    String log = newestLog(image);
    image.flipBit(log, image.endOfContent(log) - 20, 3);
    assertThatThrownBy(() -> open(image.directory()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ends with entry")
        .hasMessageContaining("entry " + ENTRIES + " was flushed");
  }

  /**
   * What cannot be told: the last commit before a power cut, if the mark had not reached the disk
   * yet, looks the same whether it was torn (never acknowledged) or damaged later (lost).
   */
  @Test
  void aDamagedLastCommitCannotBeToldFromATornOneWhenTheMarkIsBehind() throws IOException {
    DatabaseImage image = fresh(crashed, "a");
    String log = newestLog(image);
    image.flipBit(log, image.endOfContent(log) - 20, 3);
    try (FlushMark mark = FlushMark.open(image.directory())) {
      mark.set(ENTRIES - 3);
    }
    DerbyWal wal = new DerbyWal(image.directory());
    assertThat(wal.open().lastIndex()).isEqualTo(ENTRIES - 3);
    wal.close();
  }

  @Test
  void aTornLastWriteIsDroppedWithoutComplaint() throws IOException {
    Path source = own.resolve("source");
    DerbyWal wal = open(source);
    for (int index = 1; index <= 30; index++) {
      wal.append(entry(index));
      wal.flush();
    }
    DatabaseImage before = DatabaseImage.of(source, own.resolve("before"));
    wal.append(entry(31));
    wal.flush();
    DatabaseImage after = DatabaseImage.of(source, own.resolve("after"));
    wal.close();
    String log = newestLog(after);
    long start = before.endOfContent(log);
    long end = after.endOfContent(log);
    for (long torn : new long[] {start + 2, start + 30, (start + end) / 2, end - 1}) {
      // What the kernel had of the write when the process ended; the mark comes after it.
      DatabaseImage image = fresh(after, "torn" + torn);
      image.cut(log, torn);
      image.cut(log, after.size(log));
      try (FlushMark mark = FlushMark.open(image.directory())) {
        mark.set(30);
      }
      DerbyWal reopened = new DerbyWal(image.directory());
      assertThat(reopened.open().lastIndex()).as("torn at %d", torn).isEqualTo(30);
      reopened.append(entry(31));
      reopened.flush();
      DatabaseImage again = DatabaseImage.of(image.directory(), own.resolve("again" + torn));
      reopened.close();
      DerbyWal third = new DerbyWal(again.directory());
      assertThat(third.open().lastIndex()).as("torn at %d", torn).isEqualTo(31);
      third.close();
    }
  }

  @Test
  void aFlippedBitInAContainerFileIsRefused() throws IOException {
    DatabaseImage image = fresh(closed, "a");
    for (String file : image.dataFiles()) {
      if (file.startsWith("seg0/") && image.size(file) > 100_000) {
        image.flipBit(file, image.size(file) / 2, 0);
        assertRefused(image, file);
        return;
      }
    }
    throw new AssertionError("no container file of that size in " + image.dataFiles());
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    for (String file : List.of("service.properties", "flushed.mark", newestLog(crashed))) {
      DatabaseImage image = fresh(crashed, "without " + file.replace('/', ' '));
      image.delete(file);
      assertRefused(image, file);
    }
  }

  /** All files but most of those of the catalog, of which there are many. */
  private static List<String> someFiles(long seed) throws IOException {
    Random random = new Random(seed);
    List<String> files = new ArrayList<>(crashed.dataFiles());
    files.removeIf(
        name -> name.matches("seg0/c[1-3]?[0-9a-f]{1,2}\\.dat") && random.nextInt(6) != 0);
    return files;
  }

  @Test
  void noMissingFileLosesAnEntryInSilence() throws IOException {
    int at = 0;
    for (String file : someFiles(1)) {
      DatabaseImage image = fresh(crashed, "missing" + at++);
      image.delete(file);
      assertRefusedOrComplete(image, "without " + file);
    }
  }

  @Test
  void noShortenedFileLosesAnEntryInSilence() throws IOException {
    int at = 0;
    for (String file : someFiles(2)) {
      DatabaseImage image = fresh(crashed, "short" + at++);
      image.cut(file, image.size(file) / 2);
      assertRefusedOrComplete(image, file + " cut in half");
    }
  }

  @Test
  void noFlippedBitLosesAnEntryInSilence() throws IOException {
    Random random = new Random(20_261_120);
    for (int round = 0; round < RANDOM_DAMAGES; round++) {
      DatabaseImage image = fresh(round % 2 == 0 ? crashed : closed, "flipped" + round);
      List<String> files = image.dataFiles();
      String file = files.get(random.nextInt(files.size()));
      long offset = random.nextInt((int) Math.max(1, image.endOfContent(file)));
      image.flipBit(file, offset, random.nextInt(8));
      assertRefusedOrComplete(image, "round " + round + ", byte " + offset + " of " + file);
    }
  }

  private static void assertRefusedOrComplete(DatabaseImage image, String damage)
      throws IOException {
    Map<String, Long> before = image.checksums();
    try {
      assertComplete(image);
    } catch (IOException e) {
      assertThat(e).as(damage).hasMessageContaining(image.directory().toString());
      assertThat(e.getMessage()).as(damage).containsPattern("\\.dat|\\.ctrl|\\.mark|table|service");
      if (e.getMessage().contains("nothing has been changed")) {
        assertThat(image.checksums()).as(damage).isEqualTo(before);
      }
    } catch (AssertionError e) {
      throw new AssertionError(damage + ": " + e.getMessage(), e);
    }
  }
}
