package io.kvorum.service;

import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.support.MemoryBudget.Hold;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads one range as a whole, since it is not in the order of the keys, and hands it out piece by
 * piece. It takes the memory of the range until its call is over. Confined to one caller at a time.
 *
 * <p>Held by: SortedScanTest, RangeStreamCallTest.
 */
public final class SortedScan {
  /** So much that a reader leaves nothing out. */
  private static final long WHOLE = Long.MAX_VALUE / 4;

  private final RangeScan.Reader reader;
  private final RangeQuery query;
  private final boolean isSerializable;
  private final long pieceBytes;
  private final Hold hold;
  private Result.@Nullable Range range;
  private int handedOut;

  /**
   * @param pieceBytes the size that pieces approach
   * @param hold takes what the range needs
   */
  public SortedScan(
      RangeScan.Reader reader,
      RangeQuery query,
      boolean isSerializable,
      long pieceBytes,
      Hold hold) {
    this.reader = reader;
    this.query = query;
    this.isSerializable = isSerializable;
    this.pieceBytes = pieceBytes;
    this.hold = hold;
  }

  /**
   * The next piece. Not after the last one.
   *
   * @return fails with {@link io.kvorum.model.RequestException}, as a range does, and if there is
   *     no room for the range
   */
  public CompletableFuture<RangeScan.Piece> next() {
    Result.Range known = range;
    return known == null
        ? reader.read(query, isSerializable, WHOLE, hold).thenApply(this::begin)
        : CompletableFuture.completedFuture(piece(known));
  }

  private RangeScan.Piece begin(Result.Range whole) {
    range = whole;
    return piece(whole);
  }

  private RangeScan.Piece piece(Result.Range whole) {
    boolean isFirst = handedOut == 0;
    List<KeyValue> kvs = new ArrayList<>();
    long bytes = 0;
    while (handedOut < whole.kvs().size() && (kvs.isEmpty() || bytes < pieceBytes)) {
      KeyValue kv = whole.kvs().get(handedOut++);
      bytes += kv.key().length() + kv.value().length();
      kvs.add(kv);
    }
    return new RangeScan.Piece(
        new Result.Range(whole.revision(), kvs, whole.more(), whole.count()),
        isFirst,
        handedOut == whole.kvs().size());
  }
}
