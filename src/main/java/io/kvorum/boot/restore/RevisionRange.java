package io.kvorum.boot.restore;

import io.kvorum.backup.SnapshotChanges;
import io.kvorum.backup.SnapshotFile;
import io.kvorum.backup.SnapshotState;
import io.kvorum.model.Change;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * Which changes a restored store takes from a file, and where it then stands. Immutable.
 *
 * <p>Held by: RestoreTest.
 *
 * @param revision of the store
 * @param compacted its compact revision
 * @param lastCopied the last revision whose changes are taken
 * @param lastChange the revision of the last change that the store will have
 */
record RevisionRange(
    long revision, long compacted, long lastCopied, long lastChange, boolean isBumped) {

  /**
   * @throws RestoreException if the file does not have the revision to go back to
   */
  static RevisionRange of(SnapshotState state, RestoreSettings.Revisions wanted, SnapshotFile file)
      throws IOException, RestoreException {
    long revision = lastOf(state, wanted.last());
    if (wanted.bump() > 0) {
      long bumped = Math.addExact(revision, wanted.bump());
      return new RevisionRange(bumped, bumped, revision, bumped, true);
    }
    return new RevisionRange(
        revision, state.compactedRevision(), revision, lastChange(state, revision, file), false);
  }

  private static long lastOf(SnapshotState state, OptionalLong wanted) throws RestoreException {
    if (wanted.isEmpty()) {
      return state.revision();
    }
    long revision = wanted.getAsLong();
    if (revision > state.revision()) {
      throw new RestoreException(
          "--to-revision " + revision + ": the snapshot ends with revision " + state.revision());
    }
    if (revision < Math.max(1, state.compactedRevision())) {
      throw new RestoreException(
          "--to-revision "
              + revision
              + ": the snapshot was compacted at revision "
              + state.compactedRevision());
    }
    return revision;
  }

  /** Above the compact revision each revision has a change; at it, they may have been dropped. */
  private static long lastChange(SnapshotState state, long revision, SnapshotFile file)
      throws IOException {
    if (revision >= state.lastChange()) {
      return state.lastChange();
    }
    if (revision > state.compactedRevision()) {
      return revision == 1 ? 0 : revision;
    }
    long last = 0;
    SnapshotChanges changes = file.changes();
    for (Change change = changes.next();
        change != null && change.kv().modRevision() <= revision;
        change = changes.next()) {
      last = change.kv().modRevision();
    }
    return last;
  }
}
