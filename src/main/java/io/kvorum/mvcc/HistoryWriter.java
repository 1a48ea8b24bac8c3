package io.kvorum.mvcc;

import static io.kvorum.model.Revision.NEVER_COMPACTED;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.OpenSnapshots.PinnedSnapshot;
import io.kvorum.mvcc.history.PageCompaction;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PagePacker;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.index.IndexCompaction;
import io.kvorum.mvcc.index.KeyIndex;
import io.kvorum.mvcc.index.KeyTable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The history thread: writes what was committed in large batches, lets go of what is written, and
 * compacts pages in between.
 */
final class HistoryWriter {
  private static final System.Logger LOG = System.getLogger(HistoryWriter.class.getName());
  private static final long SIZE_EVERY_NANOS = 500_000_000L;

  /** Where the history stands when it is opened. */
  record Start(
      long appliedIndex,
      long appliedTerm,
      long revision,
      long compactedRevision,
      boolean resumeCompaction) {}

  private final RevisionHistory history;
  private final HistoryQueue queue;
  private final RecentChanges recent;
  private final PageDirectory directory;
  private final PageReader pages;
  private final PageCompaction compaction;
  private final OpenSnapshots readings;
  private final ValueReader values;
  private final KeyTable keys;
  private final StoreStats.Counters counters;
  private final long retainBytes;
  private final Consumer<Throwable> onFailure;
  private final Thread thread = new Thread(this::run, "kvorum-history");
  private final CompactionProgress progress;

  private volatile long durableIndex;
  private volatile boolean abandoned;
  private volatile RevisionHistory.Size size;

  // Of the history thread alone, once it runs.
  private long durableTerm;
  private long durableRevision;
  private long durableCompacted;
  private long evictedRevision;
  private long retainedBytes;
  private long sizeTakenAt;

  /** The compaction to begin next; revision 0 can be compacted, too. */
  private long compactNext;

  HistoryWriter(
      RevisionHistory history,
      HistoryQueue queue,
      StoreInstance.Parts parts,
      long retainBytes,
      Start start,
      Consumer<Throwable> onFailure) {
    this.history = history;
    this.queue = queue;
    this.recent = parts.recent();
    this.directory = parts.directory();
    this.values = parts.values();
    this.keys = parts.keys();
    this.counters = parts.counters();
    this.pages = parts.pages();
    this.readings = new OpenSnapshots(queue::nudge);
    this.compaction = new PageCompaction(history, keys::contains, directory, pages);
    this.retainBytes = retainBytes;
    this.onFailure = onFailure;
    this.durableIndex = start.appliedIndex();
    this.durableTerm = start.appliedTerm();
    this.durableRevision = start.revision();
    this.evictedRevision = start.revision();
    this.durableCompacted = start.compactedRevision();
    this.compactNext = start.resumeCompaction() ? start.compactedRevision() : NEVER_COMPACTED;
    this.progress =
        new CompactionProgress(
            start.resumeCompaction() ? start.compactedRevision() - 1 : start.compactedRevision());
    this.size = history.size();
    directory.completeThrough(start.revision());
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  long durableIndex() {
    return durableIndex;
  }

  /** As of not long ago. */
  RevisionHistory.Size size() {
    return size;
  }

  CompletableFuture<Void> compactionFinished(long revision) {
    return progress.reaching(revision);
  }

  CompletableFuture<StoreSnapshot> openSnapshot(long index) {
    return readings.request(index);
  }

  /** Lets go of what is queued; what fails from now on is nobody's concern. */
  void abandon() {
    abandoned = true;
    queue.abandon();
  }

  /** Writes what is queued, and stops. */
  void close() {
    queue.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      work();
    } catch (Throwable e) {
      queue.fail(e);
      if (abandoned) {
        LOG.log(Level.INFO, "the history that was replaced failed at its end", e);
      } else {
        onFailure.accept(e);
      }
    } finally {
      progress.stop();
      readings.stop();
    }
  }

  private void work() throws IOException, InterruptedException {
    HistoryQueue.Work next = queue.take(mayCompact());
    while (next != null) {
      if (!next.entries().isEmpty()) {
        write(next.entries());
      }
      for (IndexCompaction.Dropped dropped : next.dropped()) {
        for (int i = 0; i < dropped.mains().length; i++) {
          values.forget(dropped.mains()[i], dropped.subs()[i]);
          compaction.noteDropped(dropped.mains()[i], dropped.subs()[i]);
        }
        if (dropped.isLast()) {
          compactNext = dropped.compactRevision();
        }
      }
      readings.serve(durableIndex, this::read);
      if (mayCompact()) {
        compact();
      }
      next = queue.take(mayCompact());
    }
  }

  /** What is durable now: the pages stay as they are until it is closed. */
  private StoreSnapshot read(Runnable onClose) throws IOException {
    Map<String, Bytes> facts = new TreeMap<>(history.facts());
    if (!isCompacting() && progress.finished() >= durableCompacted) {
      facts.put(Facts.COMPACTION_SETTLED, Facts.of(durableCompacted));
    }
    long bytes = 0;
    Revision lastPage = null;
    for (StoredPage page : directory.from(new Revision(0, 0))) {
      bytes += page.bytes();
      lastPage = page.first();
    }
    StoreSnapshot.Header header =
        new StoreSnapshot.Header(
            durableIndex, durableTerm, durableRevision, durableCompacted, facts, bytes);
    return new PinnedSnapshot(header, directory, pages, lastPage, onClose);
  }

  private boolean mayCompact() {
    return isCompacting() && readings.isNoneOpen();
  }

  private boolean isCompacting() {
    return compaction.isActive() || compactNext != NEVER_COMPACTED;
  }

  private void compact() throws IOException {
    if (!compaction.isActive()) {
      compaction.begin(compactNext);
      compactNext = NEVER_COMPACTED;
    }
    compaction.step(this::makeCompactRevisionDurable);
    if (!compaction.isActive()) {
      takeSize();
      progress.reached(compaction.target());
    }
  }

  /** What the index knows as dropped must not leave the disk before the reason for it is there. */
  private void makeCompactRevisionDurable() throws IOException {
    List<HistoryQueue.Entry> entries = queue.takeThroughCompactRevision(durableCompacted);
    if (!entries.isEmpty()) {
      write(entries);
    }
  }

  private void write(List<HistoryQueue.Entry> entries) throws IOException {
    HistoryQueue.Entry last = entries.get(entries.size() - 1);
    PagePacker packer = new PagePacker();
    Consumer<Change> pack = packer::add;
    for (long main = durableRevision + 1; main <= last.lastRevision(); main++) {
      if (!recent.forEach(main, pack)) {
        throw new IllegalStateException("revision " + main + " was lost before it was written");
      }
    }
    packer.finish();
    long began = System.nanoTime();
    history.append(
        new RevisionHistory.Batch(last.index(), last.term(), packer.pages(), factsOf(entries)));
    long ended = System.nanoTime();
    StoreStats.Counters.add(counters.historyCommits, 1);
    StoreStats.Counters.add(counters.historyCommitNanos, ended - began);
    packer.entries().forEach(directory::add);
    directory.completeThrough(last.lastRevision());
    retain(last.lastRevision());
    durableRevision = last.lastRevision();
    durableCompacted = last.compactedRevision();
    durableTerm = last.term();
    durableIndex = last.index();
    queue.written(entries);
    letGo();
    compaction.afterAppend(packer.entries(), readings.isNoneOpen());
    if (ended - sizeTakenAt > SIZE_EVERY_NANOS) {
      takeSize();
    }
  }

  private Map<String, @Nullable Bytes> factsOf(List<HistoryQueue.Entry> entries) {
    Map<String, @Nullable Bytes> facts = new HashMap<>();
    for (HistoryQueue.Entry entry : entries) {
      facts.putAll(entry.facts());
    }
    HistoryQueue.Entry last = entries.get(entries.size() - 1);
    if (last.lastRevision() > durableRevision) {
      facts.put(Facts.REVISION, Facts.of(last.lastRevision()));
    }
    if (last.compactedRevision() > durableCompacted) {
      facts.put(Facts.COMPACT_REVISION, Facts.of(last.compactedRevision()));
    }
    return facts;
  }

  private void retain(long through) {
    Consumer<Change> add = change -> retainedBytes += RecentChanges.weight(change);
    for (long main = durableRevision + 1; main <= through; main++) {
      recent.forEach(main, add);
    }
  }

  /** Lets the oldest changes go that are written; what is still the latest goes to the cache. */
  private void letGo() {
    Consumer<Change> letGo = this::letGo;
    while (retainedBytes > retainBytes && evictedRevision < durableRevision) {
      evictedRevision++;
      recent.forEach(evictedRevision, letGo);
      recent.evict(evictedRevision);
    }
  }

  private void letGo(Change change) {
    retainedBytes -= RecentChanges.weight(change);
    KeyIndex index = keys.get(change.kv().key());
    if (index == null || change.kv().isTombstone()) {
      return;
    }
    int latest = index.size() - 1;
    if (index.modRevision(latest) == change.kv().modRevision()
        && index.sub(latest) == change.sub()) {
      values.keep(change);
    }
  }

  private void takeSize() {
    size = history.size();
    sizeTakenAt = System.nanoTime();
  }

  /** Up to where pages have been compacted, and who waits for it. Thread-safe. */
  private static final class CompactionProgress {
    private final TreeMap<Long, CompletableFuture<Void>> waiting = new TreeMap<>();
    private long finished;
    private boolean stopped;

    CompactionProgress(long finished) {
      this.finished = finished;
    }

    synchronized long finished() {
      return finished;
    }

    /** Completes when it has come to the revision; fails with STOPPED if it never will. */
    synchronized CompletableFuture<Void> reaching(long revision) {
      if (revision <= finished) {
        return CompletableFuture.completedFuture(null);
      }
      if (stopped) {
        return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
      }
      return waiting.computeIfAbsent(revision, r -> new CompletableFuture<>()).copy();
    }

    void reached(long revision) {
      List<CompletableFuture<Void>> done;
      synchronized (this) {
        finished = revision;
        Map<Long, CompletableFuture<Void>> reached = waiting.headMap(revision, true);
        done = new ArrayList<>(reached.values());
        reached.clear();
      }
      done.forEach(future -> future.complete(null));
    }

    void stop() {
      List<CompletableFuture<Void>> left;
      synchronized (this) {
        stopped = true;
        left = new ArrayList<>(waiting.values());
        waiting.clear();
      }
      left.forEach(f -> f.completeExceptionally(new RequestException(ErrorCode.STOPPED)));
    }
  }
}
