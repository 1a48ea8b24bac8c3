package io.kvorum.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import org.jspecify.annotations.Nullable;

/**
 * How many keys are left for readers who go through a range page by page. Thread-safe.
 *
 * <p>Every answer carries the number of keys in its range, whatever the limit, and counting walks
 * over all of them: to read a million keys in pages of 500 would take two thousand walks. But who
 * asks for the next page asks for what the page before left over, at the same revision, and that is
 * known. What a range holds at a revision never changes, so nothing has to be forgotten.
 */
final class PagedCounts {
  private static final int MAX_READERS = 1_000;

  private record Rest(Bytes from, Bytes to, long revision) {}

  private final Cache<Rest, Long> counts =
      Caffeine.newBuilder().maximumSize(MAX_READERS).executor(Runnable::run).build();

  /** Null if it has to be counted. */
  @Nullable Long count(KeyRange range, long revision) {
    Bytes to = range.to();
    return to == null ? null : counts.getIfPresent(new Rest(range.from(), to, revision));
  }

  /** Notes how many keys come after this one in the range. */
  void left(KeyRange range, Bytes last, long revision, long count) {
    Bytes to = range.to();
    if (to != null) {
      counts.put(new Rest(last.successor(), to, revision), count);
    }
  }
}
