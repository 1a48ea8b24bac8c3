package io.kvorum.backup;

import io.kvorum.bbolt.BoltCursor;
import io.kvorum.bbolt.BoltFile;
import io.kvorum.model.Bytes;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * What {@code snapshot status} shows of a file, as etcd computes it. Immutable.
 *
 * @param hash the CRC-32C of the names of all buckets and of all their entries
 * @param revision of the last change; 0 if there is none
 * @param liveKeys the number that tools of etcd 3.6 and later show as keys
 * @param entries of all buckets: the number that those of 3.4 and 3.5 show as keys
 * @param bytes the length of the database
 * @param version such as "3.6.0"; empty before etcd 3.6
 */
public record SnapshotStatus(
    long hash, long revision, long liveKeys, long entries, long bytes, String version) {

  /**
   * Checks the structure of the file, and reads all of it. Its SHA-256 is not looked at. It takes
   * memory for the live keys.
   *
   * @throws SnapshotException if the structure is unsound, with what is wrong as details, or if the
   *     content is none of etcd's
   * @throws io.kvorum.bbolt.BoltException if it is a file of another kind
   */
  public static SnapshotStatus of(Path path, Progress progress) throws IOException {
    return of(path, MasterKeys.NONE, progress);
  }

  /** The same for a file that may be sealed. */
  public static SnapshotStatus of(Path path, MasterKeys keys, Progress progress)
      throws IOException {
    try (BoltFile file = BoltFile.open(SealedFile.open(path, keys))) {
      SnapshotCheck.requireSound(file, progress);
      return new Reader(file, progress).read();
    } catch (NoSuchFileException missing) {
      throw new SnapshotException("stat " + path + ": no such file or directory");
    }
  }

  /** Reads all buckets in their order, once. */
  private static final class Reader {
    private final BoltFile file;
    private final Progress progress;
    private final CRC32C hash = new CRC32C();
    private final Set<Bytes> live = new HashSet<>();
    private long entries;
    private long bytesRead;
    private long revision;
    private String version = "";

    private Reader(BoltFile file, Progress progress) {
      this.file = file;
      this.progress = progress;
    }

    private SnapshotStatus read() throws IOException {
      BoltCursor buckets = file.root();
      while (buckets.next()) {
        if (buckets.isBucket()) {
          read(new String(buckets.key(), StandardCharsets.UTF_8), buckets.bucket());
        }
      }
      return new SnapshotStatus(
          hash.getValue(), revision, live.size(), entries, file.bytes(), version);
    }

    private void read(String bucket, BoltCursor cursor) throws IOException {
      hash.update(bucket.getBytes(StandardCharsets.UTF_8));
      while (cursor.next()) {
        byte[] key = cursor.key();
        byte[] value = cursor.value();
        hash.update(key);
        hash.update(value);
        entries++;
        bytesRead += key.length + value.length;
        progress.report(Progress.Step.READ, bytesRead, file.bytes());
        if (bucket.equals("key")) {
          take(key, value);
        } else if (bucket.equals("meta") && isStorageVersion(key)) {
          version = new String(value, StandardCharsets.UTF_8);
        }
      }
    }

    private void take(byte[] key, byte[] value) throws SnapshotException {
      revision = ChangeRecord.mainOf(key);
      if (ChangeRecord.isTombstone(key)) {
        live.remove(ChangeRecord.keyOf(value));
      } else {
        live.add(ChangeRecord.keyOf(value));
      }
    }

    private static boolean isStorageVersion(byte[] key) {
      return new String(key, StandardCharsets.UTF_8).equals("storageVersion");
    }
  }
}
