package io.kvorum.peer.grpc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.peer.SnapshotTarget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Makes snapshots of random pages to send, and (as {@link Arrivals}) receives what was sent. */
final class TestSnapshots {
  final NavigableMap<Revision, byte[]> pages = new TreeMap<>();
  final Map<String, Bytes> facts = new TreeMap<>();
  final AtomicInteger openSnapshots = new AtomicInteger();
  final AtomicInteger mostSnapshots = new AtomicInteger();
  final AtomicInteger pagesRead = new AtomicInteger();
  final Semaphore closedSnapshots = new Semaphore(0);
  volatile @Nullable Gate gate;

  /** Holds a snapshot back before it is read beyond a page. */
  record Gate(long revision, CountDownLatch reached, CountDownLatch release) {
    Gate(long revision) {
      this(revision, new CountDownLatch(1), new CountDownLatch(1));
    }
  }

  TestSnapshots(Random random, int pageCount, int maxPageBytes) {
    long revision = 2;
    for (int i = 0; i < pageCount; i++) {
      byte[] data = new byte[1 + random.nextInt(maxPageBytes)];
      random.nextBytes(data);
      pages.put(new Revision(revision, random.nextInt(3)), data);
      revision += 1 + random.nextInt(10);
    }
    for (int i = 0; i < 100; i++) {
      facts.put("fact/" + i, Bytes.utf8("value " + random.nextInt()));
    }
  }

  StoreSnapshot.Header header(long index) {
    return new StoreSnapshot.Header(
        index,
        3,
        pages.isEmpty() ? 1 : pages.lastKey().main(),
        Revision.NEVER_COMPACTED,
        facts,
        pages.values().stream().mapToLong(page -> page.length).sum());
  }

  StoreSnapshot open(long atLeastIndex) {
    StoreSnapshot.Header header = header(atLeastIndex + 1);
    mostSnapshots.accumulateAndGet(openSnapshots.incrementAndGet(), Math::max);
    return new StoreSnapshot() {
      @Override
      public Header header() {
        return header;
      }

      @Override
      public void visitPages(PageVisitor visitor) {
        throw new UnsupportedOperationException("transfers read every page");
      }

      @Override
      public List<RevisionHistory.Page> pagesAfter(Revision after, long maxBytes)
          throws IOException {
        List<RevisionHistory.Page> found = new ArrayList<>();
        long bytes = 0;
        for (Map.Entry<Revision, byte[]> page : pages.tailMap(after, false).entrySet()) {
          if (bytes >= maxBytes) {
            break;
          }
          pass(page.getKey());
          found.add(new RevisionHistory.Page(page.getKey(), page.getValue()));
          bytes += page.getValue().length;
          pagesRead.incrementAndGet();
        }
        return found;
      }

      @Override
      public void close() {
        openSnapshots.decrementAndGet();
        closedSnapshots.release();
      }
    };
  }

  private void pass(Revision revision) throws IOException {
    Gate current = gate;
    if (current != null && revision.main() >= current.revision()) {
      current.reached().countDown();
      try {
        if (!current.release().await(20, TimeUnit.SECONDS)) {
          throw new IOException("the gate was not opened");
        }
      } catch (InterruptedException stopped) {
        throw new IOException(stopped);
      }
    }
  }

  /** Receives snapshots: what is added stays there for the next attempt. */
  static final class Arrivals implements SnapshotTarget {
    final NavigableMap<Revision, byte[]> durable = new ConcurrentSkipListMap<>();
    final List<Revision> resumed = new ArrayList<>();
    final CompletableFuture<Long> installed = new CompletableFuture<>();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger added = new AtomicInteger();
    final CountDownLatch someAdded = new CountDownLatch(1);
    volatile boolean isComplete;
    volatile StoreSnapshot.@Nullable Header header;

    @Override
    public SnapshotStaging open() throws IOException {
      if (open.incrementAndGet() > 1) {
        throw new IOException("bug: two staged stores are open");
      }
      return new Staged();
    }

    @Override
    public boolean clear() {
      durable.clear();
      return true;
    }

    @Override
    public void install(SnapshotStaging store) {
      installed.complete(store.header().index());
    }

    private final class Staged implements SnapshotStaging {
      @Override
      public Revision begin(StoreSnapshot.Header coming) {
        header = coming;
        Revision last = durable.isEmpty() ? new Revision(0, 0) : durable.lastKey();
        synchronized (resumed) {
          resumed.add(last);
        }
        return last;
      }

      @Override
      public void add(List<RevisionHistory.Page> pages) throws IOException {
        for (RevisionHistory.Page page : pages) {
          if (!durable.isEmpty() && page.first().compareTo(durable.lastKey()) <= 0) {
            throw new IOException("bug: page " + page.first() + " came twice, or too late");
          }
          durable.put(page.first(), page.data());
          added.incrementAndGet();
        }
        someAdded.countDown();
      }

      @Override
      public void complete() {
        isComplete = true;
      }

      @Override
      public StoreSnapshot.Header header() {
        StoreSnapshot.Header begun = header;
        if (begun == null) {
          throw new IllegalStateException("not begun");
        }
        return begun;
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    }
  }
}
