package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.HistoryLoader.LoadedHistory;
import io.kvorum.mvcc.index.IndexCompaction;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes to one {@link MvccStore}. {@link MvccStore#open} hands it out once, to the state machine:
 * there is one writer, and no other reference to the store can write.
 *
 * <p>Confined to the Raft thread.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest.
 */
public final class StoreWriter {
  private final MvccStore store;
  private StoreInstance instance;
  private WriteTxn.Uncommitted uncommitted;
  private IndexCompaction indexCompaction;
  private long committedIndex;

  StoreWriter(MvccStore store, StoreInstance instance, LoadedHistory loaded) {
    this.store = store;
    this.instance = instance;
    this.uncommitted = instance.uncommitted(loaded);
    this.indexCompaction = instance.indexCompaction(loaded);
    this.committedIndex = loaded.recovered().appliedIndex();
  }

  /** Starts a transaction at the next revision. One at a time. */
  public WriteTxn begin() {
    refuseInTransaction();
    return new WriteTxn(uncommitted);
  }

  /** The revision after the last transaction; readers do not see it before the next commit. */
  public long writtenRevision() {
    return uncommitted.revision;
  }

  /**
   * Compacts logically: reads below {@code revision} fail from the next commit on, those of later
   * transactions from now on. The space is freed later, in slices.
   *
   * @throws RequestException COMPACTED or FUTURE_REVISION
   */
  public void compact(long revision) {
    if (revision <= uncommitted.compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (revision > uncommitted.revision) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    uncommitted.compactedRevision = revision;
  }

  /** Compacts a few hundred keys of the index; true if more are left. */
  public boolean compactSlice() {
    return indexCompaction.slice(instance.compactedRevision());
  }

  /**
   * Ends an entry of the log: makes its revisions visible to readers and queues its changes, with
   * changed facts, for the history thread. Blocks the Raft thread while too much is unwritten.
   *
   * @param facts kept as it is: the caller must not change it afterwards
   * @throws IllegalStateException if the history has failed
   */
  public void commit(long index, long term, Map<String, @Nullable Bytes> facts) {
    refuseInTransaction();
    long bytes = uncommitted.bytes;
    uncommitted.bytes = 0;
    instance.commit(
        new HistoryQueue.Entry(
            index, term, uncommitted.revision, uncommitted.compactedRevision, bytes, facts));
    committedIndex = index;
  }

  /**
   * Replaces the contents of the store by a complete snapshot. Readers see its revision at once;
   * the history of before is closed when its last reader has left.
   *
   * @throws IllegalArgumentException if the snapshot is older than this store; nothing has changed
   */
  public MvccStore.Recovered install(SnapshotStaging staged) {
    if (!(staged instanceof HistoryStaging arrived)) {
      throw new IllegalArgumentException("not a staging of this kind of store: " + staged);
    }
    refuseInTransaction();
    refuseIfOlder(arrived.completed());
    LoadedHistory loaded = arrived.takeOver();
    instance = store.replaceBy(loaded);
    uncommitted = instance.uncommitted(loaded);
    indexCompaction = instance.indexCompaction(loaded);
    committedIndex = loaded.recovered().appliedIndex();
    return loaded.recovered();
  }

  private void refuseIfOlder(LoadedHistory other) {
    if (other.recovered().appliedIndex() < committedIndex
        || other.revision() < uncommitted.revision) {
      throw new IllegalArgumentException(
          "a store at index "
              + other.recovered().appliedIndex()
              + " and revision "
              + other.revision()
              + " cannot follow one at index "
              + committedIndex
              + " and revision "
              + uncommitted.revision);
    }
  }

  private void refuseInTransaction() {
    if (uncommitted.inTransaction) {
      throw new IllegalStateException("a transaction is open");
    }
  }
}
