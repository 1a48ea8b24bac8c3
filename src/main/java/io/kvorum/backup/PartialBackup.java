package io.kvorum.backup;

import io.kvorum.bbolt.BoltException;
import io.kvorum.sealing.BrokenSealException;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedWriter;
import io.kvorum.support.DurableFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * Writes one backup beside its place: {@link #write}, then {@link #verify}, then {@link #commit},
 * which gives it its name. Without that {@link #close} deletes it. It takes the memory of one blob.
 * A progress that throws ends each of the steps. Confined to one thread; blocks for as long as the
 * disk does.
 *
 * <p>Held by: BackupDirectoryTest, BackupKilledIT.
 */
public final class PartialBackup implements Closeable {
  /**
   * So much is synced at a time: a flood at the end would hold up the log, if it is on the same
   * disk.
   */
  private static final int SYNC_BYTES = 8 << 20;

  private final SnapshotExport export;
  private final Path file;
  private final Path partial;
  private final BackupDirectory.Room room;
  private final MasterKeys keys;
  private boolean isCommitted;

  /**
   * @param export is closed when it has been written, or with this
   * @param keys the active one seals it; in the clear if there is none
   */
  PartialBackup(
      SnapshotExport export, Path file, Path partial, BackupDirectory.Room room, MasterKeys keys) {
    this.export = export;
    this.file = file;
    this.partial = partial;
    this.room = room;
    this.keys = keys;
  }

  /** The length of the whole file. */
  public long bytes() {
    return keys.active()
        .map(key -> SealedWriter.lengthOf(export.length(), key))
        .orElse(export.length());
  }

  /** The revision of the store that it holds. */
  public long revision() {
    return export.revision();
  }

  /**
   * Writes the whole export, syncs it, and closes the export: the store may free space again.
   *
   * @throws IOException also if the disk has no room for it
   */
  public void write(Progress progress) throws IOException {
    try (export) {
      writeExport(progress);
    }
  }

  private void writeExport(Progress progress) throws IOException {
    long left = export.length();
    room.require(bytes());
    try (FileChannel out =
        FileChannel.open(
            partial,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            ownerOnly(partial))) {
      Optional<SealedWriter> sealed = keys.active().map(key -> new SealedWriter(out, key));
      long unsynced = 0;
      for (SnapshotExport.Blob blob = export.next(); blob != null; blob = export.next()) {
        ByteBuffer bytes = ByteBuffer.wrap(blob.bytes());
        if (sealed.isPresent()) {
          sealed.get().write(bytes);
        }
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        left -= blob.bytes().length;
        unsynced += blob.bytes().length;
        if (unsynced >= SYNC_BYTES) {
          out.force(false);
          room.require(left);
          unsynced = 0;
        }
        progress.report(Progress.Step.READ, export.length() - left, export.length());
      }
      if (sealed.isPresent()) {
        sealed.get().finish();
      }
      out.force(true);
    }
  }

  /**
   * Reads it back.
   *
   * @throws SnapshotException if it is not the whole and sound snapshot that was to be written
   */
  public void verify(Progress progress) throws IOException {
    try {
      SnapshotCheck.verify(partial, keys, export.revision(), progress);
    } catch (SnapshotException | BoltException | BrokenSealException damage) {
      throw new SnapshotException("damaged when it was read back: " + damage.getMessage());
    }
  }

  /** Gives it its name, durably when this returns. */
  public void commit() throws IOException {
    DurableFiles.rename(partial, file);
    isCommitted = true;
  }

  /** Deletes it, unless it was committed; may be called more than once. */
  @Override
  public void close() throws IOException {
    export.close();
    if (!isCommitted) {
      DurableFiles.delete(partial);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path place) {
    return place.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  /** Where it will be. */
  @Override
  public String toString() {
    return file.toString();
  }
}
