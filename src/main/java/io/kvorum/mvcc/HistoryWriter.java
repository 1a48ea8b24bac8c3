package io.kvorum.mvcc;

import static io.kvorum.model.Revision.NEVER_COMPACTED;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.OpenSnapshots.PinnedSnapshot;
import io.kvorum.mvcc.history.CurrentHistory;
import io.kvorum.mvcc.history.HistoryMove;
import io.kvorum.mvcc.history.PageCompaction;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PagePacker;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.index.IndexCompaction;
import io.kvorum.mvcc.index.KeyTable;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the history thread: writes what was committed in large batches, has written changes evicted
 * from memory, and between two batches opens snapshots and compacts pages.
 *
 * <p>A failure to write is final: it is reported once, and the queue refuses everything that
 * follows. Public state may be read by any thread.
 *
 * <p>Held by: MvccStoreTest, StoreSnapshotTest, PageCompactionTest.
 */
final class HistoryWriter {
  private static final Log LOG = Log.of(HistoryWriter.class);
  private static final long SIZE_EVERY_NANOS = 500_000_000L;

  /** Looks at the store as a compaction finds it. */
  interface CompactionObserver {
    /** Nobody does. */
    CompactionObserver NONE =
        new CompactionObserver() {
          @Override
          public boolean isInterested() {
            return false;
          }

          @Override
          public void compacted(StoreSnapshot found, long previous) {
            found.close();
          }
        };

    boolean isInterested();

    /**
     * Called on the history thread when a compact revision is durable, before anything is freed for
     * it; not for every one, if several come in quick succession. Must not block.
     *
     * @param found the store, with the new compact revision; the observer closes it
     * @param previous the compact revision of before
     */
    void compacted(StoreSnapshot found, long previous);
  }

  /** Where the history stands when it is opened. */
  record Start(
      long appliedIndex,
      long appliedTerm,
      long revision,
      long compactedRevision,
      boolean resumeCompaction) {}

  private final CurrentHistory history;
  private final HistoryQueue queue;
  private final RecentChanges recent;
  private final PageDirectory directory;
  private final PageReader pages;
  private final PageCompaction compaction;
  private final Defragmentation defragmentation;
  private final OpenSnapshots snapshots;
  private final KeyTable keys;
  private final StoreStats.Counters counters;
  private final Eviction eviction;
  private final CompactionObserver observer;
  private final Consumer<Throwable> onFailure;
  private final Thread thread = Threads.daemon("kvorum-history", this::run);
  private final CompactionProgress progress;
  private final Pace pace = new Pace();

  private volatile long durableIndex;
  private volatile boolean abandoned;
  private volatile long allocatedBytes;

  // Confined to the history thread once it runs.
  private long durableTerm;
  private long durableRevision;
  private long durableCompacted;
  private long sizeTakenAt;

  /** The compaction to begin next; revision 0 can be compacted too. */
  private long compactNext;

  /** The revision up to which all of the index has been compacted. */
  private long indexCompacted;

  HistoryWriter(
      HistoryQueue queue,
      StoreInstance.Parts parts,
      long retainBytes,
      Start start,
      CompactionObserver observer,
      Consumer<Throwable> onFailure) {
    this.history = parts.history();
    this.queue = queue;
    this.recent = parts.recent();
    this.directory = parts.directory();
    this.keys = parts.keys();
    this.counters = parts.counters();
    this.pages = parts.pages();
    this.snapshots = new OpenSnapshots(queue::nudge);
    this.compaction = new PageCompaction(history, keys::contains, directory, pages);
    this.defragmentation = new Defragmentation(history, new Moving(), queue::nudge);
    this.eviction = new Eviction(recent, keys, parts.values(), retainBytes, start.revision());
    this.observer = observer;
    this.onFailure = onFailure;
    this.durableIndex = start.appliedIndex();
    this.durableTerm = start.appliedTerm();
    this.durableRevision = start.revision();
    this.durableCompacted = start.compactedRevision();
    this.indexCompacted = start.compactedRevision();
    this.compactNext = start.resumeCompaction() ? start.compactedRevision() : NEVER_COMPACTED;
    this.progress =
        new CompactionProgress(
            start.resumeCompaction() ? start.compactedRevision() - 1 : start.compactedRevision());
    this.allocatedBytes = history.get().allocatedBytes();
    directory.completeThrough(start.revision());
  }

  void start() {
    thread.start();
  }

  long durableIndex() {
    return durableIndex;
  }

  /** Refreshed twice a second at most. */
  long allocatedBytes() {
    return allocatedBytes;
  }

  CompletableFuture<Void> compactionFinished(long revision) {
    return progress.reaching(revision);
  }

  CompletableFuture<StoreSnapshot> openSnapshot(long index) {
    return snapshots.request(index);
  }

  CompletableFuture<Void> defragment(FreshHistory place) {
    return defragmentation.request(place);
  }

  CompletableFuture<Void> cancelDefragmentation() {
    return defragmentation.cancel();
  }

  /** Drops what is queued; later failures are logged and not reported. */
  void abandon() {
    abandoned = true;
    queue.abandon();
  }

  /** Writes what is queued, and waits for the thread to end. */
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

  /** A failure is reported first, and then fails what waits for this thread. */
  private void run() {
    try {
      work();
    } catch (Throwable e) {
      queue.fail(e);
      if (abandoned) {
        LOG.info("writing to a replaced history failed while it was closed", e);
      } else {
        onFailure.accept(e);
      }
    } finally {
      defragmentation.stop();
      progress.stop();
      snapshots.stop();
    }
  }

  private void work() throws IOException, InterruptedException {
    HistoryQueue.Work next = queue.take(pace.nanosToNextStep(hasSteps()));
    while (next != null) {
      if (!next.entries().isEmpty()) {
        write(next.entries(), true);
        pace.wrote();
      }
      for (IndexCompaction.Dropped dropped : next.dropped()) {
        compaction.noteDropped(dropped.mains(), dropped.subs());
        defragmentation.noteDropped(dropped.mains(), dropped.subs());
        if (dropped.isLast()) {
          compactNext = dropped.compactRevision();
          indexCompacted = dropped.compactRevision();
        }
      }
      snapshots.serve(durableIndex, this::pin);
      if (pace.nanosToNextStep(hasSteps()) == 0) {
        long began = System.nanoTime();
        step();
        pace.stepped(began);
      }
      next = queue.take(pace.nanosToNextStep(hasSteps()));
    }
  }

  /** Pins what is durable now: its pages are not rewritten until it is closed. */
  private StoreSnapshot pin(Runnable onClose) throws IOException {
    Map<String, Bytes> facts = new TreeMap<>(history.get().facts());
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

  /** Whether there is something to do between two batches. */
  private boolean hasSteps() {
    return defragmentation.isPending()
        ? defragmentation.hasWork(snapshots.isNoneOpen())
        : isCompacting() && snapshots.isNoneOpen();
  }

  /** The pages stay as they are until a move is over; it leaves out what is to be compacted. */
  private void step() throws IOException {
    if (defragmentation.isPending()) {
      defragmentation.step(snapshots.isNoneOpen());
      takeSize();
    } else {
      compact();
    }
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

  /** No change may leave the disk before the compact revision that drops it is durable. */
  private void makeCompactRevisionDurable() throws IOException {
    List<HistoryQueue.Entry> entries = queue.takeThroughCompactRevision(durableCompacted);
    if (!entries.isEmpty()) {
      write(entries, false);
    }
  }

  /**
   * @param mayPin false within a step that rewrites pages: it has left out what it drops already
   */
  private void write(List<HistoryQueue.Entry> entries, boolean mayPin) throws IOException {
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
    history
        .get()
        .append(
            new RevisionHistory.Batch(last.index(), last.term(), packer.pages(), factsOf(entries)));
    long ended = System.nanoTime();
    StoreStats.Counters.add(counters.historyCommits, 1);
    StoreStats.Counters.add(counters.historyCommitNanos, ended - began);
    packer.entries().forEach(directory::add);
    directory.completeThrough(last.lastRevision());
    eviction.written(durableRevision, last.lastRevision());
    long previous = compactedBefore(entries);
    boolean isCompacted = last.compactedRevision() > durableCompacted;
    durableRevision = last.lastRevision();
    durableCompacted = last.compactedRevision();
    durableTerm = last.term();
    durableIndex = last.index();
    queue.written(entries);
    eviction.makeRoom(durableRevision);
    if (isCompacted && mayPin && observer.isInterested()) {
      observer.compacted(snapshots.openNow(this::pin), previous);
    }
    compaction.afterAppend(
        packer.entries(), snapshots.isNoneOpen() && !defragmentation.isPending());
    if (ended - sizeTakenAt > SIZE_EVERY_NANOS) {
      takeSize();
    }
  }

  /** The compact revision before the last one of those entries. */
  private long compactedBefore(List<HistoryQueue.Entry> entries) {
    long last = entries.get(entries.size() - 1).compactedRevision();
    long previous = durableCompacted;
    for (HistoryQueue.Entry entry : entries) {
      if (entry.compactedRevision() < last) {
        previous = entry.compactedRevision();
      }
    }
    return previous;
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

  private void takeSize() {
    allocatedBytes = history.get().allocatedBytes();
    sizeTakenAt = System.nanoTime();
  }

  /** Tells a move what this thread knows. */
  private final class Moving implements Defragmentation.Writer {
    @Override
    public HistoryMove moveTo(RevisionHistory target) {
      return new HistoryMove(target, keys::contains, directory, pages, indexCompacted);
    }

    @Override
    public void makeCompactRevisionDurable() throws IOException {
      HistoryWriter.this.makeCompactRevisionDurable();
    }

    @Override
    public void complete(HistoryMove move) throws IOException {
      move.complete(durableIndex, durableTerm, history.get().facts());
    }
  }
}
