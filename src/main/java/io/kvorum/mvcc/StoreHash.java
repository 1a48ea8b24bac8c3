package io.kvorum.mvcc;

/**
 * The hash of a member's store, as it is compared with that of another member. Immutable.
 *
 * <p>Held by: StoreServiceTest.
 *
 * @param currentRevision of the store, when it answered
 */
public record StoreHash(RevisionHash hash, long currentRevision) {

  /** Whether hashes that differ show that one of the stores is corrupt. */
  public boolean isComparableTo(StoreHash other) {
    return hash.revision() == other.hash.revision()
        && hash.compactRevision() == other.hash.compactRevision();
  }
}
