package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.history.CurrentHistory;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a reader sees at the moments in which pages are exchanged. */
class ChangeReaderTest {
  private final InMemoryHistory history = new InMemoryHistory();
  private final PageDirectory directory = new PageDirectory();

  private static Change change(long main, int sub) {
    Bytes key = Bytes.utf8("k" + sub);
    return new Change(sub, new KeyValue(key, Bytes.utf8("v"), main, main, 1, 0));
  }

  private void enter(Change... changes) throws IOException {
    List<Change> content = List.of(changes);
    byte[] data = PageCodec.encode(content);
    StoredPage page = new StoredPage(content, data.length, 0);
    history.append(
        new RevisionHistory.Batch(
            1, 1, List.of(new RevisionHistory.Page(page.first(), data)), Map.of()));
    directory.add(page);
  }

  private List<Change> read(long revision) {
    ChangeReader reader =
        new ChangeReader(
            new RecentChanges(),
            directory,
            new PageReader(new CurrentHistory(history), 0),
            revision,
            1,
            Long.MAX_VALUE);
    return new ArrayList<>(reader.readFrom(revision).changes());
  }

  @Test
  void aPageAndTheOneThatReplacesItAreReadAsOne() throws IOException {
    history.open();
    enter(change(42, 0), change(43, 0), change(43, 1));
    enter(change(43, 1), change(43, 2));
    enter(change(44, 0));
    directory.completeThrough(44);
    assertThat(read(43)).containsExactly(change(43, 0), change(43, 1), change(43, 2));
  }

  @Test
  void aRevisionOverSeveralPagesIsReadInOrder() throws IOException {
    history.open();
    enter(change(42, 0), change(43, 0));
    enter(change(43, 1), change(43, 2));
    enter(change(43, 3), change(44, 0));
    directory.completeThrough(44);
    assertThat(read(43)).hasSize(4).isSortedAccordingTo((a, b) -> a.sub() - b.sub());
  }
}
