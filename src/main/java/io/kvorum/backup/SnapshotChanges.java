package io.kvorum.backup;

import io.kvorum.bbolt.BoltCursor;
import io.kvorum.model.Change;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Steps through all changes of a snapshot file, in the order of their revisions. Confined to one
 * thread.
 *
 * <p>Held by: SnapshotFileTest.
 */
public final class SnapshotChanges {
  private final @Nullable BoltCursor cursor;

  SnapshotChanges(@Nullable BoltCursor cursor) {
    this.cursor = cursor;
  }

  /** The next change; null after the last one. */
  public @Nullable Change next() throws IOException {
    return cursor == null || !cursor.next()
        ? null
        : ChangeRecord.decode(cursor.key(), cursor.value());
  }
}
