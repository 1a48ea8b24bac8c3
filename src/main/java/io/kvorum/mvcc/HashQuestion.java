package io.kvorum.mvcc;

/**
 * Asks a member for the hash of its store. Immutable.
 *
 * <p>Held by: StoreServiceTest.
 *
 * @param revision 0 for the current one
 * @param isOfCompaction true for the hash that the compaction to this revision has found, and no
 *     other: one that is computed now may count what a compaction leaves out
 */
public record HashQuestion(long revision, boolean isOfCompaction) {
  /** What the store holds up to a revision. */
  public static HashQuestion at(long revision) {
    return new HashQuestion(revision, false);
  }

  /** What the compaction to a revision has found. */
  public static HashQuestion ofCompaction(long revision) {
    return new HashQuestion(revision, true);
  }
}
