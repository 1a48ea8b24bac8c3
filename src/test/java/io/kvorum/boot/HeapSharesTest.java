package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.mvcc.StoreSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeapSharesTest {
  private static final long MIB = 1 << 20;
  private static final int REQUEST_BYTES = 3 << 19;

  /** The whole that clients and the store may make a member hold, whatever they do at once. */
  @ParameterizedTest
  @ValueSource(longs = {256, 384, 512, 1024, 4096, 30_000})
  void allSharesTogetherFitIntoTheHeapAndLeaveRoomForTheIndexAndTheCollector(long heapMib) {
    HeapShares shares = new HeapShares(heapMib * MIB);
    StoreSettings store =
        new StoreSettings(shares.cachedVersions(), shares.cachedPages(), shares.unwritten());
    long all =
        HeapShares.OWN_BYTES
            + store.valueCacheBytes()
            + store.retainBytes()
            + store.pageCacheBytes()
            + store.unwrittenLimitBytes()
            + shares.calls(REQUEST_BYTES)
            + shares.arriving()
            + shares.presence()
            + shares.queuedEvents()
            + shares.unseenEvents()
            + shares.recentEvents();
    assertThat(all).isLessThan(heapMib * MIB * 15 / 16);
  }

  @Test
  void theSmallestHeapHasRoomForTheLargestRequests() {
    HeapShares shares = new HeapShares(96 * MIB);
    assertThat(shares.calls(REQUEST_BYTES) / 2).isGreaterThan(2L * REQUEST_BYTES);
  }
}
