package io.kvorum.model;

/**
 * The place of a change in the history of the store.
 *
 * @param main the revision number that clients see; one transaction has one
 * @param sub the position of the change inside its transaction, from 0
 */
public record Revision(long main, int sub) implements Comparable<Revision> {
  /** The revision of a store in which nothing has been written yet. */
  public static final long EMPTY_STORE = 1;

  /** The compact revision of a store that was never compacted. */
  public static final long NEVER_COMPACTED = -1;

  @Override
  public int compareTo(Revision other) {
    int byMain = Long.compare(main, other.main);
    return byMain != 0 ? byMain : Integer.compare(sub, other.sub);
  }
}
