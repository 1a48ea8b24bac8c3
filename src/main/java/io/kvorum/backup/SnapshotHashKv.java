package io.kvorum.backup;

import io.kvorum.bbolt.BoltCursor;
import io.kvorum.bbolt.BoltFile;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The hash of the history in a snapshot file, which members that serve this history give as well:
 * etcd's HashKV. The file is only read. A compaction that was begun counts as made. Immutable.
 *
 * @param hash CRC-32C over the entries that count
 * @param hashRevision up to which was hashed
 * @param compactRevision {@link Revision#NEVER_COMPACTED} if it never was
 */
public record SnapshotHashKv(long hash, long hashRevision, long compactRevision) {
  private static final String BUCKET = "key";

  /**
   * Reads the changes of a file twice. It takes memory for the keys.
   *
   * @param revision up to which to hash; 0 means the latest
   * @throws SnapshotException if the file is none of etcd's, or does not have the revision
   * @throws io.kvorum.bbolt.BoltException if it is a file of another kind
   */
  public static SnapshotHashKv of(Path path, long revision, Progress progress) throws IOException {
    return of(path, MasterKeys.NONE, revision, progress);
  }

  /** The same for a file that may be sealed. */
  public static SnapshotHashKv of(Path path, MasterKeys keys, long revision, Progress progress)
      throws IOException {
    try (BoltFile file = BoltFile.open(SealedFile.open(path, keys))) {
      SnapshotState state = new StateReader(file).readMarks();
      long compacted = state.compactedRevision();
      if (revision > 0 && revision < compacted) {
        throw new SnapshotException("mvcc: required revision has been compacted");
      }
      if (revision > state.revision()) {
        throw new SnapshotException("mvcc: required revision is a future revision");
      }
      long upTo = revision == 0 ? state.revision() : revision;
      Walk walk = new Walk(file, upTo, compacted, progress);
      return new SnapshotHashKv(walk.hash(walk.kept()), upTo, compacted);
    }
  }

  /** Reads the changes up to a revision. */
  private record Walk(BoltFile file, long upTo, long compacted, Progress progress) {
    /** The last changes of the keys that there are at the revision. */
    private Set<Revision> kept() throws IOException {
      Map<Bytes, Revision> last = new HashMap<>();
      BoltCursor cursor = file.bucket(BUCKET);
      while (cursor != null && next(cursor)) {
        byte[] key = cursor.key();
        Bytes changed = ChangeRecord.keyOf(cursor.value());
        if (ChangeRecord.isTombstone(key)) {
          last.remove(changed);
        } else {
          last.put(changed, revisionOf(key));
        }
      }
      return new HashSet<>(last.values());
    }

    private long hash(Set<Revision> kept) throws IOException {
      CRC32C hash = new CRC32C();
      hash.update(BUCKET.getBytes(StandardCharsets.UTF_8));
      long bytes = 0;
      BoltCursor cursor = file.bucket(BUCKET);
      while (cursor != null && next(cursor)) {
        byte[] key = cursor.key();
        byte[] value = cursor.value();
        if (counts(key, kept)) {
          hash.update(key);
          hash.update(value);
        }
        bytes += key.length + value.length;
        progress.report(Progress.Step.READ, bytes, file.bytes());
      }
      return hash.getValue();
    }

    /** Below the compact revision only what is kept; etcd counts all of it if nothing is. */
    private boolean counts(byte[] key, Set<Revision> kept) {
      Revision revision = revisionOf(key);
      boolean isDropped =
          revision.main() <= compacted && !kept.isEmpty() && !kept.contains(revision);
      boolean isLastTombstone = revision.main() == compacted && ChangeRecord.isTombstone(key);
      return !isDropped && !isLastTombstone;
    }

    private boolean next(BoltCursor cursor) throws IOException {
      return cursor.next() && ChangeRecord.mainOf(cursor.key()) <= upTo;
    }

    private static Revision revisionOf(byte[] key) {
      ByteBuffer bytes = ByteBuffer.wrap(key);
      return new Revision(bytes.getLong(), (int) bytes.getLong(Long.BYTES + 1));
    }
  }
}
