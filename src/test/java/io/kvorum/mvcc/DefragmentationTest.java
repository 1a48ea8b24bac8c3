package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DefragmentationTest {
  private StoreUnderTest under;

  @BeforeEach
  void open() throws IOException {
    under = new StoreUnderTest(new StoreSettings(20_000, 20_000, 1 << 20));
  }

  @AfterEach
  void close() throws IOException {
    under.close();
  }

  private void write(int puts) {
    for (int i = 0; i < puts; i++) {
      under.put("key" + i % 50, "x".repeat(500) + i);
    }
  }

  private long living() {
    return under.store().range(RangeQuery.of(KeyRange.all())).kvs().size();
  }

  private static void await(CompletableFuture<?> future) {
    future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void whatIsAliveMovesAndTheFormerHistoryIsClosed() throws IOException {
    write(2_000);
    under.compact(1_900);
    under.finishCompaction();
    InMemoryHistory former = under.history();
    await(under.defragment());
    assertThat(under.history()).isNotSameAs(former);
    assertThat(former.isOpen()).isFalse();
    write(10);
    under.restart();
    assertThat(under.recovered().appliedIndex()).isEqualTo(under.entries());
    assertThat(living()).isEqualTo(50);
  }

  @Test
  void anEmptyStoreHasNothingToMove() {
    InMemoryHistory former = under.history();
    await(under.defragment());
    assertThat(under.history()).isSameAs(former);
  }

  @Test
  void itWaitsForSnapshotsWhichAreReadToTheEnd() throws IOException {
    write(200);
    InMemoryHistory former = under.history();
    CompletableFuture<Void> moved;
    try (StoreSnapshot snapshot =
        under.store().openSnapshot().orTimeout(20, TimeUnit.SECONDS).join()) {
      moved = under.defragment();
      write(200);
      assertThat(under.store().hash(snapshot, 201).revision()).isEqualTo(201);
      assertThat(under.history()).isSameAs(former);
      assertThat(moved).isNotDone();
    }
    await(moved);
    assertThat(under.history()).isNotSameAs(former);
  }

  @Test
  void aMoveThatIsGivenUpLeavesTheStoreAsItWas() throws IOException {
    write(200);
    InMemoryHistory former = under.history();
    CompletableFuture<Void> moved;
    try (StoreSnapshot snapshot =
        under.store().openSnapshot().orTimeout(20, TimeUnit.SECONDS).join()) {
      moved = under.defragment();
      while (!moved.isDone()) {
        await(under.store().cancelDefragmentation());
      }
      assertThat(snapshot.header().revision()).isEqualTo(201);
    }
    assertThat(moved).isCompletedExceptionally();
    assertThat(under.history()).isSameAs(former);
    write(10);
    await(under.defragment());
    assertThat(under.failure()).isNull();
  }

  @Test
  void aFullDiskEndsTheMoveAlone() throws IOException {
    write(200);
    InMemoryHistory former = under.history();
    FullDisk place = new FullDisk();
    assertThatThrownBy(() -> await(under.store().defragment(place)))
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("no space");
    assertThat(place.isDiscarded).isTrue();
    assertThat(under.history()).isSameAs(former);
    write(10);
    assertThat(under.store().range(RangeQuery.of(KeyRange.single(Bytes.utf8("key3")))).kvs())
        .hasSize(1);
    assertThat(under.failure()).isNull();
  }

  /** Fails when the first pages are written. */
  private static final class FullDisk implements FreshHistory {
    private final InMemoryHistory copy = new InMemoryHistory();
    private boolean isDiscarded;

    @Override
    public RevisionHistory create() throws IOException {
      copy.open();
      copy.failWith(new IOException("no space left on the disk"));
      return copy;
    }

    @Override
    public void makeCurrent() {
      throw new AssertionError("the copy is not whole");
    }

    @Override
    public void deleteFormer() {
      throw new AssertionError("the copy is not the current one");
    }

    @Override
    public void discard() {
      isDiscarded = !copy.isOpen();
    }
  }
}
