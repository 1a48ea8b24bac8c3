package io.kvorum.bench;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.DerbyWal;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Measures what the two databases cost: {@code java … io.kvorum.bench.DerbyStorageCost <directory>
 * [seconds] [megabytes]}. Prints a line per figure.
 */
public final class DerbyStorageCost {
  private static final int PAGE_BYTES = 24_000;
  private static final int PAGES_PER_BATCH = 40;

  private final Path directory;
  private final int seconds;
  private final int megabytes;

  private DerbyStorageCost(Path directory, int seconds, int megabytes) {
    this.directory = directory;
    this.seconds = seconds;
    this.megabytes = megabytes;
  }

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    int megabytes = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 400;
    DerbyStorageCost cost = new DerbyStorageCost(directory, seconds, megabytes);
    cost.log();
    cost.history();
  }

  private static void say(String format, Object... figures) {
    System.out.println(String.format(format, figures));
  }

  private static double millisSince(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void log() throws IOException {
    Path path = directory.resolve("wal");
    deleteTree(path);
    long start = System.nanoTime();
    DerbyWal wal = new DerbyWal(path);
    wal.open();
    say("log: made in %.0f ms", millisSince(start));
    long index = 0;
    for (int round = 0; round < 2; round++) {
      for (int bytes : new int[] {1_000, 10_000, 100_000}) {
        index = appendFor(wal, index, bytes);
      }
    }
    start = System.nanoTime();
    wal.discardUpTo(index);
    say("log: discarding everything took %.1f ms", millisSince(start));
    start = System.nanoTime();
    wal.close();
    say("log: closed in %.0f ms", millisSince(start));
    start = System.nanoTime();
    wal = new DerbyWal(path);
    wal.open();
    say("log: opened in %.0f ms, %d MB", millisSince(start), wal.sizeBytes() >> 20);
    wal.close();
    deleteTree(path);
  }

  private long appendFor(DerbyWal wal, long last, int bytes) throws IOException {
    byte[] payload = new byte[bytes];
    new Random(bytes).nextBytes(payload);
    Histogram flushMicros = new Histogram(3);
    Histogram discardMicros = new Histogram(3);
    long index = last;
    long cpu = cpuNanos();
    long start = System.nanoTime();
    while (millisSince(start) < seconds * 1e3) {
      index++;
      long begin = System.nanoTime();
      wal.append(new Entry(index, 1, payload));
      wal.flush();
      flushMicros.recordValue((System.nanoTime() - begin) / 1_000);
      if (index % 500 == 0) {
        begin = System.nanoTime();
        wal.discardUpTo(index - 500);
        discardMicros.recordValue((System.nanoTime() - begin) / 1_000);
      }
    }
    long entries = index - last;
    say(
        "log: %,d bytes an entry: %,.0f entries/s, %.1f MB/s, %.0f us CPU an entry, append and"
            + " flush p50 %d us p99 %d us max %d us, discard max %d us",
        bytes,
        entries * 1e3 / millisSince(start),
        entries * (double) bytes / 1e3 / millisSince(start),
        (cpuNanos() - cpu) / 1e3 / entries,
        flushMicros.getValueAtPercentile(50),
        flushMicros.getValueAtPercentile(99),
        flushMicros.getMaxValue(),
        discardMicros.getMaxValue());
    return index;
  }

  private void history() throws IOException {
    Path path = directory.resolve("history");
    deleteTree(path);
    long start = System.nanoTime();
    DerbyHistory history = new DerbyHistory(path);
    history.open();
    say("history: made in %.0f ms", millisSince(start));
    int batches = (int) (megabytes * 1_048_576L / PAGE_BYTES / PAGES_PER_BATCH);
    appendBatches(history, batches);
    readPages(history, batches * PAGES_PER_BATCH);
    start = System.nanoTime();
    history.close();
    say("history: closed in %.0f ms", millisSince(start));

    start = System.nanoTime();
    history = new DerbyHistory(path);
    history.open();
    say("history: opened and checked in %.0f ms", millisSince(start));
    start = System.nanoTime();
    long[] scanned = new long[1];
    history.scan(page -> scanned[0] += page.data().length);
    say("history: %d MB scanned in %.0f ms", scanned[0] >> 20, millisSince(start));
    compact(history, batches);
    history.close();
    deleteTree(path);
  }

  private void appendBatches(DerbyHistory history, int batches) throws IOException {
    byte[] data = new byte[PAGE_BYTES];
    new Random(1).nextBytes(data);
    Histogram micros = new Histogram(3);
    long cpu = cpuNanos();
    long start = System.nanoTime();
    for (int batch = 0; batch < batches; batch++) {
      List<Page> pages = new ArrayList<>();
      for (int at = 0; at < PAGES_PER_BATCH; at++) {
        pages.add(new Page(new Revision((long) batch * PAGES_PER_BATCH + at, 0), data));
      }
      long begin = System.nanoTime();
      history.append(new Batch(batch + 1, 1, pages, Map.of()));
      micros.recordValue((System.nanoTime() - begin) / 1_000);
    }
    int pages = batches * PAGES_PER_BATCH;
    say(
        "history: %d pages of %,d bytes appended, %.0f MB/s, %.0f us CPU a page, batch of %d: p50"
            + " %d us p99 %d us max %d us",
        pages,
        PAGE_BYTES,
        pages * (double) PAGE_BYTES / 1e3 / millisSince(start),
        (cpuNanos() - cpu) / 1e3 / pages,
        PAGES_PER_BATCH,
        micros.getValueAtPercentile(50),
        micros.getValueAtPercentile(99),
        micros.getMaxValue());
  }

  private void readPages(DerbyHistory history, int pages) throws IOException {
    Random random = new Random(2);
    for (int round = 0; round < 3; round++) {
      Histogram micros = new Histogram(3);
      for (int read = 0; read < 5_000; read++) {
        long begin = System.nanoTime();
        history.readPage(new Revision(random.nextInt(pages), 0));
        micros.recordValue((System.nanoTime() - begin) / 1_000);
      }
      say(
          "history: page read p50 %d us p99 %d us",
          micros.getValueAtPercentile(50), micros.getValueAtPercentile(99));
    }
  }

  private void compact(DerbyHistory history, int batches) throws IOException {
    say("history: %s before compaction", history.allocatedBytes());
    long start = System.nanoTime();
    for (int batch = 0; batch < batches; batch++) {
      List<Revision> removed = new ArrayList<>();
      for (int at = 0; at < PAGES_PER_BATCH; at++) {
        // Three of four go, as if most of what they held had been overwritten.
        if (at % 4 != 0) {
          removed.add(new Revision((long) batch * PAGES_PER_BATCH + at, 0));
        }
      }
      history.rewrite(removed, List.of());
    }
    say("history: three quarters removed in %.0f ms", millisSince(start));
    start = System.nanoTime();
    history.releaseFreeSpace();
    say("history: space released in %.0f ms: %s", millisSince(start), history.allocatedBytes());
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
