package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.support.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class SortedScanTest {
  private final List<RangeQuery> asked = new ArrayList<>();

  private List<RangeScan.Piece> readAll(Result.Range range) {
    SortedScan scan =
        new SortedScan(
            (query, serializable, bytes, hold) -> {
              asked.add(query);
              return CompletableFuture.completedFuture(range);
            },
            RangeQuery.of(KeyRange.all()),
            false,
            1_000,
            MemoryBudget.unlimited().newAccount().open());
    List<RangeScan.Piece> pieces = new ArrayList<>();
    do {
      pieces.add(scan.next().join());
    } while (!pieces.get(pieces.size() - 1).isLast());
    return pieces;
  }

  @Test
  void theRangeIsReadOnceAndHandedOutAsItIs() {
    List<KeyValue> kvs = new ArrayList<>();
    for (int i = 50; i > 0; i--) {
      kvs.add(new KeyValue(Bytes.utf8("k" + i), Bytes.wrap(new byte[300]), 2, 2, 1, 0));
    }
    List<RangeScan.Piece> pieces = readAll(new Result.Range(9, kvs, true, 77));
    assertThat(asked).hasSize(1);
    assertThat(pieces.stream().flatMap(piece -> piece.range().kvs().stream()))
        .containsExactlyElementsOf(kvs);
    assertThat(pieces).hasSizeBetween(10, 25);
    assertThat(pieces.stream().filter(RangeScan.Piece::isFirst)).containsExactly(pieces.get(0));
    RangeScan.Piece last = pieces.get(pieces.size() - 1);
    assertThat(last.range().more()).isTrue();
    assertThat(last.range().count()).isEqualTo(77);
    assertThat(last.range().revision()).isEqualTo(9);
  }

  @Test
  void anEmptyRangeIsOnePiece() {
    List<RangeScan.Piece> pieces = readAll(new Result.Range(9, List.of(), false, 3));
    assertThat(pieces)
        .containsExactly(new RangeScan.Piece(new Result.Range(9, List.of(), false, 3), true, true));
  }
}
