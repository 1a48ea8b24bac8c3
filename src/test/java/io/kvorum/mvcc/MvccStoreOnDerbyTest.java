package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.HistorySettings;
import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class MvccStoreOnDerbyTest {
  private static final int KEYS = 500;

  @TempDir Path directory;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final TreeMap<Bytes, Bytes> expected = new TreeMap<>();
  private MvccStore store;
  private StoreWriter writer;
  private long index;

  private void open() throws IOException {
    DerbyHistory history =
        new DerbyHistory(directory.resolve("history"), new HistorySettings(1_000, 4));
    store = new MvccStore(history, new StoreSettings(10_000, 100_000, 1 << 20), failure::set);
    MvccStore.Opened opened = store.open();
    writer = opened.writer();
    assertThat(opened.recovered().appliedIndex()).isEqualTo(index);
  }

  private void write(Random random, int txns) {
    for (int i = 0; i < txns; i++) {
      WriteTxn txn = writer.begin();
      Bytes key = Bytes.utf8("key" + random.nextInt(KEYS));
      if (random.nextInt(8) == 0) {
        txn.deleteRange(KeyRange.single(key), false);
        expected.remove(key);
      } else {
        byte[] value = new byte[random.nextInt(1_000)];
        random.nextBytes(value);
        txn.put(key, Bytes.wrap(value), 0);
        expected.put(key, Bytes.wrap(value));
      }
      txn.finish();
      writer.commit(++index, 1, Map.of());
    }
  }

  private void checkEverything() {
    List<KeyValue> kvs = store.range(RangeQuery.of(KeyRange.all())).kvs();
    assertThat(kvs).extracting(KeyValue::key).containsExactlyElementsOf(expected.keySet());
    assertThat(kvs).extracting(KeyValue::value).containsExactlyElementsOf(expected.values());
    assertThat(failure.get()).isNull();
  }

  @Test
  void whatIsWrittenCompactedAndReopenedStaysAsItWas() throws IOException {
    open();
    for (int round = 0; round < 3; round++) {
      write(new Random(round), 3_000);
      checkEverything();
      writer.compact(store.revision() - 100);
      writer.commit(++index, 1, Map.of());
      while (writer.compactSlice()) {
        Thread.onSpinWait();
      }
      write(new Random(round + 10), 500);
      store.compactionFinished(store.compactedRevision()).orTimeout(60, TimeUnit.SECONDS).join();
      checkEverything();
      long revision = store.revision();
      int changes =
          store.changesFrom(store.compactedRevision(), 10_000, Long.MAX_VALUE).changes().size();
      store.close();
      open();
      assertThat(store.revision()).isEqualTo(revision);
      checkEverything();
      assertThat(store.changesFrom(store.compactedRevision(), 10_000, Long.MAX_VALUE).changes())
          .hasSize(changes);
    }
    store.close();
  }
}
