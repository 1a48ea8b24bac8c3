package io.kvorum.boot;

import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.peer.SnapshotSource;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Opens snapshots of this member's store for others, and waits a bounded time for the store to
 * reach the index that they need.
 *
 * <p>Held by: LeftBehindIT, ClusterMembershipIT.
 */
record StoreSnapshots(MvccStore store) implements SnapshotSource {
  private static final long TIMEOUT_SECONDS = 30;

  @Override
  public StoreSnapshot open(long atLeastIndex) throws IOException {
    CompletableFuture<StoreSnapshot> opening = store.openSnapshot(atLeastIndex);
    try {
      return opening.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      opening.cancel(false);
      throw new IOException("the store did not reach entry " + atLeastIndex + " in time", e);
    } catch (InterruptedException e) {
      opening.cancel(false);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while opening a snapshot", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot open a snapshot: " + e.getMessage(), e);
    }
  }
}
