package io.kvorum.bench;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreWriter;
import io.kvorum.mvcc.WriteTxn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A store larger than the heap, over Derby: loads keys with 1 KiB values, opens them again, reads
 * them by key and by prefix, overwrites, compacts. Arguments: directory (empty or missing), number
 * of keys, and any second argument to overwrite and compact them then. Run it with {@code
 * -Xmx512m}.
 */
public final class LargeStore {
  private static final int VALUE_BYTES = 1024;
  private static final StoreSettings SETTINGS = new StoreSettings(64L << 20, 8L << 20, 16L << 20);

  private final Path directory;
  private final int keys;
  private final SplittableRandom random = new SplittableRandom(1);
  private MvccStore store;
  private StoreWriter writer;
  private long index;

  private LargeStore(Path directory, int keys) throws IOException {
    this.directory = directory;
    this.keys = keys;
    open();
  }

  public static void main(String[] args) throws IOException {
    LargeStore large = new LargeStore(Path.of(args[0]), Integer.parseInt(args[1]));
    large.timed("load", large::load);
    large.timed("close and open", large::reopen);
    large.timed("10,000 reads by key", large::readByKey);
    large.timed("everything by prefix, pages of 500", large::readByPrefix);
    if (args.length == 2) {
      large.store.close();
      return;
    }
    large.timed("overwrite a tenth", large::overwrite);
    large.timed("compact", large::compact);
    large.timed("close and open", large::reopen);
    large.timed("10,000 reads by key", large::readByKey);
    large.store.close();
  }

  private void open() throws IOException {
    store =
        new MvccStore(new DerbyHistory(directory), SETTINGS, failure -> failure.printStackTrace());
    MvccStore.Opened opened = store.open();
    writer = opened.writer();
    index = opened.recovered().appliedIndex();
  }

  private interface Part {
    void run() throws IOException;
  }

  private void timed(String name, Part part) throws IOException {
    long began = System.nanoTime();
    part.run();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    System.out.printf(
        Locale.ROOT,
        "%s: %d ms, heap %d MiB, disk %d MiB, used %d MiB%n",
        name,
        millis,
        (runtime.totalMemory() - runtime.freeMemory()) >> 20,
        store.stats().allocatedBytes() >> 20,
        store.stats().heldBytes() >> 20);
  }

  private static Bytes key(int number) {
    return Bytes.utf8(String.format(Locale.ROOT, "/registry/pods/%08d", number));
  }

  private void put(int number) {
    byte[] value = new byte[VALUE_BYTES];
    value[0] = (byte) number;
    WriteTxn txn = writer.begin();
    txn.put(key(number), Bytes.wrap(value), 0);
    txn.finish();
    if (number % 64 == 0) {
      writer.commit(++index, 1, Map.of());
    }
  }

  private void load() {
    for (int i = 0; i < keys; i++) {
      put(i);
    }
    writer.commit(++index, 1, Map.of());
  }

  private void reopen() throws IOException {
    store.close();
    open();
  }

  private void readByKey() {
    for (int i = 0; i < 10_000; i++) {
      int number = random.nextInt(keys);
      List<KeyValue> kvs = store.range(RangeQuery.of(KeyRange.single(key(number)))).kvs();
      check(kvs.size() == 1 && kvs.get(0).value().at(0) == (byte) number);
    }
  }

  private void readByPrefix() {
    Bytes from = Bytes.utf8("/registry/pods/");
    Bytes to = Bytes.utf8("/registry/pods0");
    int read = 0;
    boolean more = true;
    // Counting what is left makes each page a walk; a client that follows pages pays that too.
    while (more) {
      Result.Range range = store.range(RangeQuery.of(new KeyRange(from, to)).withLimit(500));
      read += range.kvs().size();
      more = range.more();
      from = range.kvs().get(range.kvs().size() - 1).key().successor();
    }
    check(read == keys);
  }

  private void overwrite() {
    for (int i = 0; i < keys / 10; i++) {
      put(random.nextInt(keys));
    }
    writer.commit(++index, 1, Map.of());
  }

  private void compact() {
    writer.compact(store.revision());
    writer.commit(++index, 1, Map.of());
    while (writer.compactSlice()) {
      Thread.onSpinWait();
    }
    store.compactionFinished(store.revision()).orTimeout(10, TimeUnit.MINUTES).join();
  }

  private static void check(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("a wrong answer");
    }
  }
}
