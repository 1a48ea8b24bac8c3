package io.kvorum.mvcc;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.HistoryWriter.CompactionObserver;
import io.kvorum.mvcc.history.HistoryClosedException;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a store hashed to at its last compactions, in memory: all members compact at the same
 * revisions, so that these hashes can be compared although writes go on. Thread-safe.
 *
 * <p>A hash is of everything after the previous compaction, and of what that one left and this one
 * keeps. It is computed in the background, from a snapshot that was opened before anything was
 * freed. There is none for a compaction that was followed by the next one before its hash was
 * complete, none for one that came while another was being hashed, and none from before the start,
 * or from before another member's snapshot replaced the store.
 */
public final class CompactionHashes {
  private static final Log LOG = Log.of(CompactionHashes.class);

  /** As many as etcd keeps. */
  private static final int KEPT = 10;

  /** Computes the hash that a compaction found. */
  interface Hashing {
    /**
     * @return null if the next compaction came in between
     */
    @Nullable RevisionHash of(StoreSnapshot found, long previous) throws IOException;
  }

  private final @Nullable Executor readers;

  /** By revision; guarded by its monitor. */
  private final TreeMap<Long, RevisionHash> kept = new TreeMap<>();

  /** Counts the stores that there were; guarded by {@code kept}. */
  private int store;

  private CompactionHashes(@Nullable Executor readers) {
    this.readers = readers;
  }

  /** Computes and keeps none. */
  public static CompactionHashes off() {
    return new CompactionHashes(null);
  }

  /**
   * @param readers runs what reads the whole store
   */
  public static CompactionHashes computedBy(Executor readers) {
    return new CompactionHashes(readers);
  }

  /** The hash that the compaction to this revision found; null if there is none. */
  public @Nullable RevisionHash at(long revision) {
    synchronized (kept) {
      return kept.get(revision);
    }
  }

  public List<RevisionHash> newestFirst() {
    synchronized (kept) {
      return List.copyOf(kept.descendingMap().values());
    }
  }

  /** Another store has replaced the one that the hashes are of. */
  void clear() {
    synchronized (kept) {
      kept.clear();
      store++;
    }
  }

  /** Has the compactions of one instance of the store hashed. */
  CompactionObserver observer(Hashing hashing) {
    if (readers == null) {
      return CompactionObserver.NONE;
    }
    synchronized (kept) {
      return new Observer(readers, hashing, store);
    }
  }

  private void keep(RevisionHash hash, int ofStore) {
    synchronized (kept) {
      if (ofStore != store) {
        return;
      }
      kept.put(hash.revision(), hash);
      if (kept.size() > KEPT) {
        kept.pollFirstEntry();
      }
    }
    LOG.debug("the compaction to revision {} found the hash {}", hash.revision(), hash.text());
  }

  private final class Observer implements CompactionObserver {
    private final Executor readers;
    private final Hashing hashing;
    private final int ofStore;

    /**
     * One at a time: no reading is queued behind another, with a snapshot that holds up all else.
     */
    private final AtomicBoolean isBusy = new AtomicBoolean();

    Observer(Executor readers, Hashing hashing, int ofStore) {
      this.readers = readers;
      this.hashing = hashing;
      this.ofStore = ofStore;
    }

    @Override
    public boolean isInterested() {
      return !isBusy.get();
    }

    @Override
    public void compacted(StoreSnapshot found, long previous) {
      isBusy.set(true);
      try {
        readers.execute(() -> hash(found, previous));
      } catch (RuntimeException refused) {
        isBusy.set(false);
        found.close();
        noHash(found, refused);
      }
    }

    private void hash(StoreSnapshot found, long previous) {
      try (found) {
        RevisionHash hash = hashing.of(found, previous);
        if (hash != null) {
          keep(hash, ofStore);
        }
      } catch (IOException | RuntimeException e) {
        noHash(found, e);
      } finally {
        isBusy.set(false);
      }
    }

    private void noHash(StoreSnapshot found, Throwable failure) {
      if (failure.getCause() instanceof HistoryClosedException) {
        LOG.debug("a compaction was not hashed, since its store has been closed", failure);
        return;
      }
      boolean isStopping =
          failure instanceof RequestException refusal && refusal.code() == ErrorCode.STOPPED;
      LOG.log(
          isStopping ? Level.DEBUG : Level.WARNING,
          "the compaction to revision {} was not hashed: {}",
          found.header().compactedRevision(),
          Reason.of(failure));
    }
  }
}
