package io.kvorum.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Reads pages of the history, and keeps some of them decoded. Thread-safe. */
final class PageReader {
  private final RevisionHistory history;
  private final Cache<StoredPage, DecodedPage> cache;

  PageReader(RevisionHistory history, long budgetBytes) {
    this.history = history;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(budgetBytes)
            .<StoredPage, DecodedPage>weigher((page, decoded) -> decoded.weight())
            .executor(Runnable::run)
            .build();
  }

  /**
   * The content of the page, or null if the history does not hold it any more.
   *
   * @throws UncheckedIOException if it cannot be read or is damaged
   */
  @Nullable DecodedPage read(StoredPage page) {
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

  /** As {@link #read}, past the cache: for what passes over many pages once. */
  @Nullable DecodedPage readUncached(StoredPage page) {
    try {
      byte[] data = history.readPage(page.first());
      return data == null ? null : DecodedPage.of(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalArgumentException e) {
      throw new UncheckedIOException(
          new IOException("history page " + page.first() + ": " + e.getMessage(), e));
    }
  }

  void forget(StoredPage page) {
    cache.invalidate(page);
  }
}
