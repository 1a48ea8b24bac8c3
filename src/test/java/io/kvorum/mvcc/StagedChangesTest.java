package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StagedChangesTest {
  private static final StoreSettings SETTINGS = new StoreSettings(20_000, 20_000, 1 << 20);

  private final InMemoryHistory history = new InMemoryHistory();

  private static StoreSnapshot.Header header(long revision, long compacted) {
    return new StoreSnapshot.Header(1, 1, revision, compacted, Map.of("own", Bytes.EMPTY), 0);
  }

  private static Change put(long main, int valueBytes) {
    return new Change(
        0,
        new KeyValue(Bytes.utf8("key" + main), Bytes.wrap(new byte[valueBytes]), main, main, 1, 0));
  }

  private void fill(StoreSnapshot.Header header, long from, long last) throws IOException {
    try (StagedChanges changes = StagedChanges.begin(history, SETTINGS, header, last)) {
      for (long main = from; main <= last; main++) {
        changes.add(put(main, 100_000));
      }
      changes.complete();
    }
  }

  @Test
  void aStoreOpensOnWhatWasAdded() throws IOException {
    fill(header(101, -1), 2, 101);

    try (MvccStore store = new MvccStore(history, SETTINGS, failure -> {})) {
      MvccStore.Recovered recovered = store.open().recovered();
      assertThat(recovered.appliedIndex()).isEqualTo(1);
      assertThat(recovered.installedIndex()).isEqualTo(1);
      assertThat(recovered.facts()).containsKey("own");
      assertThat(store.revision()).isEqualTo(101);
      assertThat(store.range(RangeQuery.of(KeyRange.all())).kvs()).hasSize(100);
    }
  }

  @Test
  void anEndThatWasNotKnownIsSaidWhenItIsThere() throws IOException {
    long open = Long.MAX_VALUE;
    try (StagedChanges changes = StagedChanges.begin(history, SETTINGS, header(open, -1), open)) {
      changes.add(put(2, 1));
      changes.add(put(3, 1));
      changes.complete(header(3, -1), 3);
    }
    try (MvccStore store = new MvccStore(history, SETTINGS, failure -> {})) {
      store.open();
      assertThat(store.revision()).isEqualTo(3);
      assertThat(store.range(RangeQuery.of(KeyRange.all())).kvs()).hasSize(2);
    }
  }

  @Test
  void theEndHasTheSameCompactRevision() throws IOException {
    try (StagedChanges changes = StagedChanges.begin(history, SETTINGS, header(4, 3), 4)) {
      changes.add(put(4, 1));
      assertThatThrownBy(() -> changes.complete(header(4, -1), 4))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aStoreThatLacksItsEndIsNotComplete() throws IOException {
    try (StagedChanges changes = StagedChanges.begin(history, SETTINGS, header(4, -1), 4)) {
      changes.add(put(3, 1));
      assertThatThrownBy(changes::complete)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("ends with revision 3, not with 4");
    }
  }

  @Test
  void aStoreWhoseEndWasDroppedTravelsToOtherMembers() throws Exception {
    fill(header(8, 8), 2, 5);
    InMemoryHistory incoming = new InMemoryHistory();

    try (MvccStore store = new MvccStore(history, SETTINGS, failure -> {});
        SnapshotStaging staging = store.stage(incoming)) {
      store.open();
      assertThat(store.revision()).isEqualTo(8);
      try (StoreSnapshot snapshot = store.openSnapshot(0).get(30, TimeUnit.SECONDS)) {
        staging.begin(snapshot.header());
        Revision after = new Revision(0, 0);
        for (List<Page> pages = snapshot.pagesAfter(after, 1 << 20);
            !pages.isEmpty();
            pages = snapshot.pagesAfter(after, 1 << 20)) {
          staging.add(pages);
          after = pages.get(pages.size() - 1).first();
        }
      }
      staging.complete();
    }
  }

  @Test
  void whatTheHistoryHeldIsDropped() throws IOException {
    fill(header(3, 3), 2, 3);
    fill(header(9, 9), 9, 9);

    try (MvccStore store = new MvccStore(history, SETTINGS, failure -> {})) {
      store.open();
      assertThat(store.range(RangeQuery.of(KeyRange.all())).kvs()).hasSize(1);
    }
  }
}
