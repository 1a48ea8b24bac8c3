package io.kvorum.model;

/**
 * A read of one key or a range of keys.
 *
 * @param revision the revision to read at; 0 or less for the current one
 * @param limit the most keys to return; 0 for all
 * @param bounds inclusive filters on the revisions of a key
 */
public record RangeQuery(
    KeyRange range,
    long revision,
    long limit,
    SortTarget sortTarget,
    SortOrder sortOrder,
    RevisionBounds bounds,
    Projection projection)
    implements TxnOp {

  /** What to sort by. */
  public enum SortTarget {
    KEY,
    VERSION,
    CREATE,
    MOD,
    VALUE
  }

  /**
   * {@code NONE} means ascending where the target is not the key, but see {@link
   * #isLimitedBeforeSorting}.
   */
  public enum SortOrder {
    NONE,
    ASCEND,
    DESCEND
  }

  /** What of each key to return. */
  public enum Projection {
    FULL,
    KEYS_ONLY,
    COUNT_ONLY
  }

  /** Inclusive bounds on mod and create revision; 0 switches a bound off. */
  public record RevisionBounds(long minMod, long maxMod, long minCreate, long maxCreate) {
    public static final RevisionBounds NONE = new RevisionBounds(0, 0, 0, 0);

    public boolean admits(long modRevision, long createRevision) {
      return (minMod == 0 || modRevision >= minMod)
          && (maxMod == 0 || modRevision <= maxMod)
          && (minCreate == 0 || createRevision >= minCreate)
          && (maxCreate == 0 || createRevision <= maxCreate);
    }
  }

  /**
   * Whether the revision is below zero, and below one that is not kept any more. As in etcd, a
   * transaction refuses it then, while a range alone reads the current one.
   */
  public boolean isBelowZeroAndCompacted(long compactedRevision) {
    return revision < 0 && revision < compactedRevision;
  }

  /** Everything in the range, at the current revision, in key order. */
  public static RangeQuery of(KeyRange range) {
    return new RangeQuery(
        range, 0, 0, SortTarget.KEY, SortOrder.NONE, RevisionBounds.NONE, Projection.FULL);
  }

  public RangeQuery atRevision(long atRevision) {
    return new RangeQuery(range, atRevision, limit, sortTarget, sortOrder, bounds, projection);
  }

  public RangeQuery withLimit(long newLimit) {
    return new RangeQuery(range, revision, newLimit, sortTarget, sortOrder, bounds, projection);
  }

  public RangeQuery withProjection(Projection newProjection) {
    return new RangeQuery(range, revision, limit, sortTarget, sortOrder, bounds, newProjection);
  }

  public boolean isFiltered() {
    return !bounds.equals(RevisionBounds.NONE);
  }

  /** Whether what is returned is in the order of the keys, one way or the other. */
  public boolean isSortedByKey() {
    return sortTarget == SortTarget.KEY;
  }

  /**
   * Whether the limit is that of the keys that are looked at, in their own order, before they are
   * sorted: so it is in etcd where a target is named without an order. Of those, one more than the
   * limit takes part in the sorting.
   */
  public boolean isLimitedBeforeSorting() {
    return limit > 0
        && sortTarget != SortTarget.KEY
        && sortOrder == SortOrder.NONE
        && !isFiltered();
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.range(this);
  }
}
