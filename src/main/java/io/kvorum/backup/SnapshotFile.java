package io.kvorum.backup;

import io.kvorum.bbolt.BoltFile;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads a snapshot file of etcd or Kvorum: a bbolt file, with the SHA-256 of it at the end ({@link
 * SnapshotHash}). Memory is bounded: by one value, and by what is beside the keys. What is wrong
 * with a file is a {@link SnapshotException} or a {@link io.kvorum.bbolt.BoltException}. Confined
 * to one thread.
 */
public final class SnapshotFile implements Closeable {
  private final BoltFile file;

  private SnapshotFile(BoltFile file) {
    this.file = file;
  }

  /**
   * Opens a file; whether its hash holds is not looked at.
   *
   * @throws io.kvorum.bbolt.BoltException if it is a file of another kind
   */
  public static SnapshotFile open(Path path) throws IOException {
    return open(path, MasterKeys.NONE);
  }

  /**
   * The same for a file that may be sealed.
   *
   * @throws io.kvorum.bbolt.BoltException if it is a file of another kind
   */
  public static SnapshotFile open(Path path, MasterKeys keys) throws IOException {
    return new SnapshotFile(BoltFile.open(SealedFile.open(path, keys)));
  }

  /** The length of the database, without what follows it. */
  public long bytes() {
    return file.bytes();
  }

  /**
   * What there is beside the changes.
   *
   * @throws SnapshotException also if auth is on
   */
  public SnapshotState state() throws IOException {
    return new StateReader(file).read();
  }

  /** All changes, from the first one on. */
  public SnapshotChanges changes() throws IOException {
    return new SnapshotChanges(file.bucket("key"));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
