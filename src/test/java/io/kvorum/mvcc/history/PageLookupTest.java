package io.kvorum.mvcc.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PageLookupTest {
  private final PageDirectory directory = new PageDirectory();
  private final List<Revision> revisions = new ArrayList<>();

  private static Change change(Revision at) {
    Bytes key = Bytes.utf8("k");
    return new Change(at.sub(), new KeyValue(key, Bytes.EMPTY, at.main(), at.main(), 1, 0));
  }

  /** Pages of one to four changes; a revision has up to seven, and may fill several pages. */
  private void addPages(SplittableRandom random, long from, int count) {
    List<Change> content = new ArrayList<>();
    int pages = 0;
    for (long main = from; pages < count; main++) {
      int changes = random.nextInt(1, 8);
      for (int sub = 0; sub < changes; sub++) {
        Revision at = new Revision(main, sub);
        revisions.add(at);
        content.add(change(at));
        if (content.size() >= random.nextInt(1, 5)) {
          directory.add(new StoredPage(content, 100, 100));
          content.clear();
          pages++;
        }
      }
    }
    if (!content.isEmpty()) {
      directory.add(new StoredPage(content, 100, 100));
    }
  }

  @Test
  void itFindsWhatTheDirectoryFinds() {
    for (long seed = 1; seed <= 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      addPages(random, 1000 * seed, 30);
      PageLookup lookup = PageLookup.of(directory);
      addPages(random, 1000 * seed + 500, 5);
      for (Revision at : revisions) {
        assertThat(lookup.holding(at.main(), at.sub()))
            .as("seed %d, %s", seed, at)
            .isSameAs(directory.holding(at));
      }
      assertThat(lookup.holding(1, 0)).isNull();
      assertThat(lookup.isOutdated(directory)).isFalse();
    }
  }

  @Test
  void itIsOutdatedOncePagesAreRewritten() {
    PageLookup lookup = PageLookup.of(directory);
    directory.beginRewrite();
    assertThat(lookup.isOutdated(directory)).isTrue();
    directory.endRewrite();
    assertThat(lookup.isOutdated(directory)).isTrue();
  }
}
