package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.Result;
import io.kvorum.support.MemoryBudget.Hold;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Reads one range piece by piece, in the order of the keys, all pieces at the revision of the
 * first. A piece takes about the memory that was asked for, and nothing is kept between two pieces:
 * a range of any size costs one piece. Confined to one caller at a time.
 *
 * <p>Held by: RangeScanTest, RangeStreamCallTest.
 */
public final class RangeScan {
  private static final long FIRST_PIECE_KEYS = 10;

  /** What a key takes beside its bytes. */
  private static final int KEY_VALUE_BYTES = 100;

  /** Reads one piece. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Reads as many keys as fit, at least one, up to the limit of the query.
     *
     * @param serializable true to read without a read barrier
     * @param bytes what the piece may take, roughly
     * @param hold has taken what the piece needs when it completes
     */
    CompletableFuture<Result.Range> read(
        RangeQuery query, boolean serializable, long bytes, Hold hold);
  }

  /**
   * A piece of the range.
   *
   * @param range its keys, with the revision and the count of the whole range; {@code more} has a
   *     meaning in the last piece only: that the limit has cut keys off
   */
  public record Piece(Result.Range range, boolean isFirst, boolean isLast) {}

  private final Reader reader;
  private final long pieceBytes;
  private final Hold hold;
  private final long heldBefore;
  private RangeQuery rest;
  private boolean isSerializable;
  private long pieceKeys = FIRST_PIECE_KEYS;
  private long headerRevision;
  private long totalKeys;
  private boolean hasBegun;

  /**
   * @param query one that {@link #isPossible}
   * @param pieceBytes the size that pieces approach
   * @param hold takes what the current piece needs, beside what it holds already
   */
  public RangeScan(
      Reader reader, RangeQuery query, boolean isSerializable, long pieceBytes, Hold hold) {
    if (!isPossible(query)) {
      throw new IllegalArgumentException("not in the order of the keys: " + query);
    }
    this.reader = reader;
    this.rest = query;
    this.isSerializable = isSerializable;
    this.pieceBytes = pieceBytes;
    this.hold = hold;
    this.heldBefore = hold.bytes();
  }

  /** True if the range can be read in pieces: it is in the order of the keys, without filters. */
  public static boolean isPossible(RangeQuery query) {
    return query.sortTarget() == SortTarget.KEY
        && query.sortOrder() != SortOrder.DESCEND
        && !query.isFiltered();
  }

  /**
   * Reads the next piece, after the one before has been sent: what that one took is given back. Not
   * after the last piece.
   *
   * @return fails with {@link io.kvorum.model.RequestException}, as a range does, and if there is
   *     no room for the piece
   */
  public CompletableFuture<Piece> next() {
    hold.settle(heldBefore);
    RangeQuery query = rest.withLimit(nextLimit());
    return reader.read(query, isSerializable, pieceBytes, hold).thenApply(this::advance);
  }

  /** The limit of the rest is what is left of the client's limit. */
  private long nextLimit() {
    return rest.limit() > 0 ? Math.min(rest.limit(), pieceKeys) : pieceKeys;
  }

  private Piece advance(Result.Range part) {
    boolean isFirst = !hasBegun;
    if (isFirst) {
      hasBegun = true;
      headerRevision = part.revision();
      totalKeys = part.count();
    }
    List<KeyValue> kvs = part.kvs();
    boolean isLast = !part.more() || kvs.isEmpty() || kvs.size() == rest.limit();
    if (!isLast) {
      rest = after(kvs);
      isSerializable = true;
      adapt(kvs);
    }
    return new Piece(
        new Result.Range(headerRevision, kvs, part.more(), totalKeys), isFirst, isLast);
  }

  /** The query for the keys after these, at the revision of the first piece. */
  private RangeQuery after(List<KeyValue> read) {
    Bytes next = read.get(read.size() - 1).key().successor();
    RangeQuery query = rest.atRevision(rest.revision() > 0 ? rest.revision() : headerRevision);
    return new RangeQuery(
        new KeyRange(next, query.range().to()),
        query.revision(),
        query.limit() > 0 ? query.limit() - read.size() : 0,
        query.sortTarget(),
        query.sortOrder(),
        query.bounds(),
        query.projection());
  }

  private void adapt(List<KeyValue> read) {
    long bytes = 0;
    for (KeyValue kv : read) {
      bytes += KEY_VALUE_BYTES + kv.key().length() + kv.value().length();
    }
    if (bytes < pieceBytes / 2) {
      pieceKeys = 2 * read.size();
    } else if (bytes > 2 * pieceBytes) {
      pieceKeys = Math.max(1, read.size() / 2);
    }
  }
}
