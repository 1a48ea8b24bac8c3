package io.kvorum.backup;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Decides whether a disk has room for a backup. On a disk that holds data of the member, too, some
 * is left to that: a member whose log cannot grow stops. Immutable.
 */
public final class DiskReserve implements BackupDirectory.Room {
  /** What is left to a member that shares the disk. */
  public static final long RESERVE_BYTES = 512L << 20;

  private final Path directory;
  private final List<Path> data;

  /**
   * @param directory of the backups; exists when room is asked for
   * @param data the directories of the member; the same
   */
  public DiskReserve(Path directory, List<Path> data) {
    this.directory = directory;
    this.data = List.copyOf(data);
  }

  /** A file system that does not know its size has room for everything. */
  @Override
  public void require(long bytes) throws IOException {
    FileStore disk = Files.getFileStore(directory);
    if (disk.getTotalSpace() <= 0) {
      return;
    }
    long free = Math.max(0, disk.getUsableSpace());
    if (free < bytes) {
      throw new IOException(
          "no space left: " + mebibytes(bytes) + " are needed, " + mebibytes(free) + " are free");
    }
    if (free - bytes < RESERVE_BYTES && isShared(disk)) {
      throw new IOException(
          ("no space left: %s are needed, %s are free, and %s of them are for the member, whose"
                  + " data is on the same disk")
              .formatted(mebibytes(bytes), mebibytes(free), mebibytes(RESERVE_BYTES)));
    }
  }

  private boolean isShared(FileStore disk) throws IOException {
    for (Path path : data) {
      if (isSameDisk(path, disk)) {
        return true;
      }
    }
    return false;
  }

  /** By the number of the device where there is one: a disk may be mounted in several places. */
  private boolean isSameDisk(Path path, FileStore disk) throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return Files.getAttribute(path, "unix:dev").equals(Files.getAttribute(directory, "unix:dev"));
    }
    return Files.getFileStore(path).equals(disk);
  }

  private static String mebibytes(long bytes) {
    return ((bytes + (1 << 20) - 1) >> 20) + " MiB";
  }
}
