package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.history.RevisionHistoryContract;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeteredHistoryContractTest extends RevisionHistoryContract {
  private final Timings timings = new Timings();
  private InMemoryHistory storage = new InMemoryHistory();

  @Override
  protected RevisionHistory onStorageOfThisTest() {
    storage = storage.reopen();
    return new MeteredHistory(storage, timings);
  }

  @Override
  protected void crash(RevisionHistory crashed) {
    storage.crash();
  }

  @Test
  void everyTransactionIsTimed() throws IOException {
    try (RevisionHistory history = onStorageOfThisTest()) {
      history.open();
      history.append(new RevisionHistory.Batch(1, 1, List.of(), Map.of()));
      history.append(new RevisionHistory.Batch(2, 1, List.of(), Map.of()));
      history.rewrite(List.of(), List.of());
      assertThat(timings.report().historyCommits().count()).isEqualTo(3);
    }
  }
}
