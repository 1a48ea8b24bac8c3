package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import io.kvorum.mvcc.history.RevisionHistory.Recovered;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A damaged history is refused, by name, and never shortened in silence. */
class DerbyHistoryDamageTest {
  private static final int BATCHES = 20;
  private static final int PAGES_PER_BATCH = 5;
  private static final int RANDOM_DAMAGES = 30;
  private static final HistorySettings SMALL = new HistorySettings(200, 2);

  @TempDir(factory = FastTempDir.class)
  static Path shared;

  @TempDir(factory = FastTempDir.class)
  Path own;

  private static DatabaseImage crashed;
  private static DatabaseImage closed;

  @BeforeAll
  static void makeTheImages() throws IOException {
    Path source = shared.resolve("source");
    DerbyHistory history = new DerbyHistory(source, SMALL);
    history.open();
    for (int batch = 1; batch <= BATCHES; batch++) {
      List<Page> pages = new ArrayList<>();
      for (int at = 0; at < PAGES_PER_BATCH; at++) {
        pages.add(page(batch * 100L + at));
      }
      history.append(new Batch(batch, 1, pages, Map.of("fact", Bytes.utf8("batch " + batch))));
    }
    crashed = DatabaseImage.of(source, shared.resolve("crashed"));
    history.close();
    closed = DatabaseImage.of(source, shared.resolve("closed"));
  }

  private static Page page(long main) {
    byte[] data = new byte[2_000 + (int) (main * 31 % 20_000)];
    new Random(main).nextBytes(data);
    return new Page(new Revision(main, 0), data);
  }

  private static void assertComplete(DatabaseImage image) throws IOException {
    DerbyHistory history = new DerbyHistory(image.directory(), SMALL);
    Recovered recovered = history.open();
    try {
      assertThat(recovered.appliedIndex()).isEqualTo(BATCHES);
      assertThat(recovered.facts())
          .containsExactly(Map.entry("fact", Bytes.utf8("batch " + BATCHES)));
      List<Page> pages = new ArrayList<>();
      history.scan(pages::add);
      assertThat(pages).hasSize(BATCHES * PAGES_PER_BATCH);
      for (Page found : pages) {
        assertThat(found.data()).isEqualTo(page(found.first().main()).data());
      }
    } finally {
      history.close();
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

  @Test
  void whatAKilledProcessLeavesIsComplete() throws IOException {
    assertComplete(crashed.copyTo(own.resolve("a")));
  }

  @Test
  void noFlippedBitLosesAPageInSilence() throws IOException {
    Random random = new Random(20_261_120);
    for (int round = 0; round < RANDOM_DAMAGES; round++) {
      DatabaseImage image =
          (round % 2 == 0 ? crashed : closed).copyTo(own.resolve("flipped" + round));
      List<String> files = new ArrayList<>(image.dataFiles());
      // Half of the blows hit the large files, which is where the pages are.
      if (random.nextBoolean()) {
        files.removeIf(name -> !name.startsWith("log/") && !name.matches("seg0/c4.*"));
      }
      String file = files.get(random.nextInt(files.size()));
      long offset = random.nextInt((int) Math.max(1, image.endOfContent(file)));
      image.flipBit(file, offset, random.nextInt(8));
      assertRefusedOrComplete(image, "round " + round + ", byte " + offset + " of " + file);
    }
  }

  @Test
  void aMissingFileOfAClosedHistoryIsNamedAndNothingIsChanged() throws IOException {
    int at = 0;
    for (String file : closed.dataFiles()) {
      DatabaseImage image = closed.copyTo(own.resolve("missing" + at++));
      image.delete(file);
      Map<String, Long> before = image.checksums();
      if (file.equals("closed.files") || file.equals("log/logmirror.ctrl")) {
        continue;
      }
      assertThatThrownBy(() -> new DerbyHistory(image.directory(), SMALL).open())
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file);
      assertThat(image.checksums()).isEqualTo(before);
    }
  }

  @Test
  void aShortenedFileOfAClosedHistoryIsNamedAndNothingIsChanged() throws IOException {
    int at = 0;
    for (String file : closed.dataFiles()) {
      DatabaseImage image = closed.copyTo(own.resolve("short" + at++));
      if (file.equals("service.properties") || file.equals("closed.files")) {
        continue;
      }
      image.cut(file, image.size(file) / 2);
      Map<String, Long> before = image.checksums();
      assertThatThrownBy(() -> new DerbyHistory(image.directory(), SMALL).open())
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file);
      assertThat(image.checksums()).isEqualTo(before);
    }
  }
}
