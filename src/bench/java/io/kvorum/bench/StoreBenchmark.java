package io.kvorum.bench;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreWriter;
import io.kvorum.mvcc.WriteTxn;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the Raft thread's work on the store: puts of 256 bytes to existing keys, committed 64 at
 * a time as raft entries under load are, and point reads of values in memory. The index is
 * compacted as it grows, in slices between the entries.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgs = {"-Xms2g", "-Xmx2g", "-XX:+UseParallelGC"})
public class StoreBenchmark {
  private static final int COMMANDS_PER_ENTRY = 64;
  private static final int REVISIONS_KEPT = 200_000;

  @Param({"10000", "1000000"})
  int keyCount;

  private final SplittableRandom random = new SplittableRandom(1);
  private MvccStore store;
  private StoreWriter writer;
  private Bytes[] keys;
  private long index;
  private int inEntry;

  @Setup(Level.Trial)
  public void open() throws IOException {
    store =
        new MvccStore(
            new InMemoryHistory(),
            new StoreSettings(600L << 20, 16L << 20, 64L << 20),
            failure -> failure.printStackTrace());
    writer = store.open().writer();
    keys = new Bytes[keyCount];
    for (int i = 0; i < keyCount; i++) {
      keys[i] = Bytes.utf8(String.format("/registry/pods/ns/pod-%09d", i));
      put(keys[i]);
    }
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    store.close();
  }

  @Benchmark
  public long put() {
    // A request brings its own copy of the key, not the one in the index.
    byte[] key = keys[random.nextInt(keyCount)].unsafeArray().clone();
    return put(Bytes.wrap(key));
  }

  @Benchmark
  public Result.Range getCached() {
    return store.rangeIfCheap(RangeQuery.of(KeyRange.single(keys[random.nextInt(keyCount)])));
  }

  private long put(Bytes key) {
    WriteTxn txn = writer.begin();
    txn.put(key, Bytes.wrap(new byte[256]), 0);
    txn.finish();
    if (++inEntry == COMMANDS_PER_ENTRY) {
      inEntry = 0;
      long revision = store.revision();
      if (revision - store.compactedRevision() > 2 * REVISIONS_KEPT) {
        writer.compact(revision - REVISIONS_KEPT);
      }
      writer.commit(++index, 1, Map.of());
      writer.compactSlice();
    }
    return txn.writeRevision();
  }
}
