package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.RevisionBounds;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.Result;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.MemoryBudget.Hold;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class RangeScanTest {
  private static final long REVISION = 9;
  private static final RangeQuery ALL = RangeQuery.of(KeyRange.all());

  private final List<KeyValue> store = new ArrayList<>();
  private final List<RangeQuery> asked = new ArrayList<>();
  private final MemoryBudget budget = MemoryBudget.unlimited();
  private final Hold hold = budget.newAccount().open();

  private void fill(int keys, int valueBytes) {
    for (int i = 0; i < keys; i++) {
      Bytes key = Bytes.utf8(String.format("k%06d", store.size()));
      store.add(new KeyValue(key, Bytes.wrap(new byte[valueBytes]), 2, 2, 1, 0));
    }
  }

  /** Takes what it reads, as the service does. */
  private CompletableFuture<Result.Range> read(
      RangeQuery query, boolean serializable, long bytes, Hold taking) {
    asked.add(query);
    List<KeyValue> all = store.stream().filter(kv -> query.range().contains(kv.key())).toList();
    List<KeyValue> read = all.stream().limit(query.limit()).toList();
    long size = read.stream().mapToLong(kv -> kv.value().length()).sum();
    return taking
        .take(size)
        .thenApply(taken -> new Result.Range(REVISION, read, all.size() > read.size(), all.size()));
  }

  private List<RangeScan.Piece> readAll(RangeQuery query, long pieceBytes) {
    RangeScan scan = new RangeScan(this::read, query, false, pieceBytes, hold);
    List<RangeScan.Piece> pieces = new ArrayList<>();
    do {
      pieces.add(scan.next().join());
    } while (!pieces.get(pieces.size() - 1).isLast());
    return pieces;
  }

  private static List<KeyValue> keysOf(List<RangeScan.Piece> pieces) {
    return pieces.stream().flatMap(piece -> piece.range().kvs().stream()).toList();
  }

  @Test
  void thePiecesTogetherAreTheRange() {
    fill(5_000, 100);
    List<RangeScan.Piece> pieces = readAll(ALL, 20_000);
    assertThat(keysOf(pieces)).isEqualTo(store);
    assertThat(pieces).hasSizeBetween(20, 100);
    assertThat(pieces)
        .allSatisfy(
            piece -> {
              assertThat(piece.range().count()).isEqualTo(5_000);
              assertThat(piece.range().revision()).isEqualTo(REVISION);
            });
    assertThat(pieces.stream().filter(RangeScan.Piece::isFirst)).containsExactly(pieces.get(0));
    assertThat(pieces.get(pieces.size() - 1).range().more()).isFalse();
    assertThat(asked).extracting(RangeQuery::revision).startsWith(0L, REVISION, REVISION);
  }

  @Test
  void onlyTheCurrentPieceIsHeld() {
    fill(100, 10_000);
    assertThat(hold.tryTake(77)).isTrue();
    RangeScan scan = new RangeScan(this::read, ALL, true, 20_000, hold);
    boolean isLast = false;
    while (!isLast) {
      RangeScan.Piece piece = scan.next().join();
      isLast = piece.isLast();
      assertThat(hold.bytes()).isEqualTo(77 + 10_000L * piece.range().kvs().size());
    }
  }

  @Test
  void piecesOfLargeValuesBecomeSmaller() {
    fill(100, 50_000);
    List<RangeScan.Piece> pieces = readAll(ALL, 100_000);
    assertThat(pieces.subList(3, pieces.size()))
        .allSatisfy(piece -> assertThat(piece.range().kvs()).hasSizeLessThanOrEqualTo(3));
    assertThat(keysOf(pieces)).isEqualTo(store);
  }

  @Test
  void theLimitOfTheClientEndsTheScan() {
    fill(100, 10);
    List<RangeScan.Piece> pieces = readAll(ALL.withLimit(35), 200);
    assertThat(keysOf(pieces)).isEqualTo(store.subList(0, 35));
    assertThat(pieces.get(pieces.size() - 1).range().more()).isTrue();
    assertThat(pieces.get(pieces.size() - 1).range().count()).isEqualTo(100);
  }

  @Test
  void anEmptyRangeIsOnePiece() {
    assertThat(readAll(ALL, 1_000))
        .singleElement()
        .satisfies(
            piece -> {
              assertThat(piece.isFirst()).isTrue();
              assertThat(piece.range().count()).isZero();
            });
  }

  @Test
  void whatIsNotInTheOrderOfTheKeysIsNotScanned() {
    for (RangeQuery query :
        List.of(
            sorted(SortTarget.KEY, SortOrder.DESCEND, RevisionBounds.NONE),
            sorted(SortTarget.VALUE, SortOrder.ASCEND, RevisionBounds.NONE),
            sorted(SortTarget.MOD, SortOrder.NONE, RevisionBounds.NONE),
            sorted(SortTarget.KEY, SortOrder.NONE, new RevisionBounds(5, 0, 0, 0)))) {
      assertThat(RangeScan.isPossible(query)).as("%s", query).isFalse();
      assertThatThrownBy(() -> new RangeScan(this::read, query, true, 1, hold))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(RangeScan.isPossible(ALL)).isTrue();
  }

  private static RangeQuery sorted(SortTarget target, SortOrder order, RevisionBounds bounds) {
    return new RangeQuery(ALL.range(), 0, 0, target, order, bounds, RangeQuery.Projection.FULL);
  }
}
