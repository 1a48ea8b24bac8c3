package io.kvorum.mvcc.history;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvorum.model.Change;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads pages of the history, and caches some of them decoded. Thread-safe.
 *
 * <p>A reader that needs the disk after {@link #close} gets an {@link HistoryClosedException}.
 *
 * <p>Held by: MvccStoreTest, MvccStoreConcurrencyTest, ChangeReaderTest.
 */
public final class PageReader {
  private final CurrentHistory history;
  private final Cache<StoredPage, DecodedPage> cache;

  /** Shared by readers of the disk; taken exclusively to keep them out. */
  private final ReadWriteLock gate = new ReentrantReadWriteLock();

  private boolean closed;

  public PageReader(CurrentHistory history, long budgetBytes) {
    this.history = history;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(budgetBytes)
            .<StoredPage, DecodedPage>weigher((page, decoded) -> decoded.weight())
            .executor(Runnable::run)
            .build();
  }

  /**
   * The content of the page, or null if the history no longer holds it.
   *
   * @throws UncheckedIOException if it cannot be read or is damaged
   */
  public @Nullable DecodedPage read(StoredPage page) {
    DecodedPage cached = cache.getIfPresent(page);
    if (cached != null) {
      return cached;
    }
    DecodedPage decoded = readUncached(page);
    if (decoded != null) {
      cache.put(page, decoded);
    }
    return decoded;
  }

  /** As {@link #read}, past the cache: for a scan that needs each page once. */
  public @Nullable DecodedPage readUncached(StoredPage page) {
    try {
      byte[] data = data(page);
      return data == null ? null : DecodedPage.of(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalArgumentException e) {
      throw new UncheckedIOException(
          new IOException("history page " + page.first() + ": " + e.getMessage(), e));
    }
  }

  /** The encoded page as the history holds it; null if it no longer does. */
  public byte @Nullable [] data(StoredPage page) throws IOException {
    gate.readLock().lock();
    try {
      if (closed) {
        throw new HistoryClosedException();
      }
      return history.get().readPage(page.first());
    } finally {
      gate.readLock().unlock();
    }
  }

  /** When this returns, no thread reads from the former history, now or later. */
  void continueWith(RevisionHistory next) {
    gate.writeLock().lock();
    history.replaceBy(next);
    gate.writeLock().unlock();
    cache.invalidateAll();
  }

  /** When this returns, no thread reads from the history, now or later. */
  public void close() {
    gate.writeLock().lock();
    closed = true;
    gate.writeLock().unlock();
  }

  void forget(StoredPage page) {
    cache.invalidate(page);
  }

  /** A page's changes, in order. Immutable. */
  public record DecodedPage(List<Change> changes) {
    /** What a change takes on the heap beside its key and value, roughly. */
    private static final long CHANGE_BYTES = 120;

    public static DecodedPage of(byte[] data) {
      return new DecodedPage(PageCodec.decode(data));
    }

    public @Nullable Change find(long main, int sub) {
      int place = firstAtOrAfter(main, sub);
      if (place == changes.size()) {
        return null;
      }
      Change change = changes.get(place);
      return change.kv().modRevision() == main && change.sub() == sub ? change : null;
    }

    /** The place of the first change that is not before the revision; the size if there is none. */
    public int firstAtOrAfter(long main, int sub) {
      int low = 0;
      int high = changes.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        Change change = changes.get(middle);
        long at = change.kv().modRevision();
        if (at < main || (at == main && change.sub() < sub)) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    int weight() {
      long bytes = 64;
      for (Change change : changes) {
        bytes += CHANGE_BYTES + change.kv().key().length() + change.kv().value().length();
      }
      return (int) Math.min(bytes, Integer.MAX_VALUE);
    }
  }
}
