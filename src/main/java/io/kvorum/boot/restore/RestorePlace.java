package io.kvorum.boot.restore;

import io.kvorum.support.DurableFiles;
import io.kvorum.support.Log;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds the place of a data directory that is being made: beside the final one, or inside of it if
 * that exists already, as a mount point does. It becomes the final one by one rename, when it is
 * whole and synced; whatever instant a crash falls into, no start takes what is there for the data
 * of a member. What a crash has left, the next attempt deletes. Confined to one thread.
 *
 * <pre>
 *   D.restoring/member/…     →  D/member/…        if D does not exist
 *   D/.restoring/member/…    →  D/member/…        if it is empty
 *   W.restoring/…            →  W/…               the log, if it is to stand elsewhere; first
 * </pre>
 *
 * <p>Held by: RestoreTest.
 */
final class RestorePlace implements AutoCloseable {
  private static final Log LOG = Log.of(RestorePlace.class);
  private static final String SUFFIX = ".restoring";
  private static final String LOCK = "LOCK";
  private static final String LOST_AND_FOUND = "lost+found";

  private final Path target;
  private final Path work;
  private final boolean isInside;
  private final Path walTarget;
  private final Path walWork;
  private final List<Path> undo = new ArrayList<>();
  private @Nullable FileChannel lock;

  private RestorePlace(Path target, boolean isInside, Path walTarget) {
    this.target = target;
    this.isInside = isInside;
    this.work = isInside ? target.resolve(SUFFIX) : beside(target);
    this.walTarget = walTarget;
    this.walWork =
        walTarget.startsWith(target)
            ? work.resolve(target.relativize(walTarget))
            : beside(walTarget);
  }

  /**
   * @throws RestoreException if something stands in the way
   * @throws IOException if directories cannot be created
   */
  static RestorePlace prepare(Path dataDirectory, @Nullable Path walDirectory)
      throws IOException, RestoreException {
    Path target = dataDirectory.toAbsolutePath().normalize();
    boolean exists = Files.exists(target);
    if (exists && !isEmpty(target)) {
      throw new RestoreException(
          "data-dir \"" + dataDirectory + "\" not empty or could not be read");
    }
    if (walDirectory != null && Files.exists(walDirectory)) {
      throw new RestoreException("wal-dir \"" + walDirectory + "\" exists");
    }
    Path wal =
        walDirectory == null
            ? target.resolve("member/wal")
            : walDirectory.toAbsolutePath().normalize();
    RestorePlace place = new RestorePlace(target, exists, wal);
    boolean isPrepared = false;
    try {
      place.create();
      isPrepared = true;
      return place;
    } finally {
      if (!isPrepared) {
        place.close();
      }
    }
  }

  /** Where the member's files go. */
  Path member() {
    return work.resolve("member");
  }

  /** Where the write-ahead log goes. */
  Path wal() {
    return walWork;
  }

  /** Makes it the final one, durably when it returns; all databases are closed. */
  void commit() throws IOException {
    unlock();
    DurableFiles.syncTree(work);
    if (!movesWithTheRest()) {
      DurableFiles.syncTree(walWork);
      DurableFiles.createDirectories(parentOf(walTarget));
      DurableFiles.rename(walWork, walTarget);
      undo.add(walTarget);
    }
    if (isInside) {
      DurableFiles.rename(member(), target.resolve("member"));
    } else {
      DurableFiles.rename(work, target);
    }
    undo.clear();
    if (isInside) {
      delete(work);
    }
  }

  /** Deletes what there is, unless it has become the final one. */
  @Override
  public void close() {
    try {
      unlock();
    } catch (IOException e) {
      LOG.warning("cannot unlock " + work, e);
    }
    undo.forEach(RestorePlace::delete);
    undo.clear();
  }

  /** What cannot be deleted is of no use to a start, and the next restore tries again. */
  private static void delete(Path tree) {
    try {
      DurableFiles.deleteTree(tree);
    } catch (IOException e) {
      LOG.warning("cannot delete " + tree, e);
    }
  }

  private void create() throws IOException, RestoreException {
    refuseIfInUse();
    createEmpty(work);
    lock = FileChannel.open(lockFile(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    if (lock.tryLock() == null) {
      throw inUse();
    }
    if (!walWork.startsWith(work)) {
      createEmpty(walWork);
    }
    Files.createDirectory(member(), ownerOnly(work));
  }

  /** The system releases the lock of a process that was killed. */
  private void refuseIfInUse() throws IOException, RestoreException {
    if (Files.exists(lockFile())) {
      try (FileChannel other = FileChannel.open(lockFile(), StandardOpenOption.WRITE)) {
        if (other.tryLock() == null) {
          throw inUse();
        }
      } catch (OverlappingFileLockException byThisProcess) {
        LOG.debug("a restore of this process holds " + work, byThisProcess);
        throw inUse();
      }
    }
  }

  private RestoreException inUse() {
    return new RestoreException("data-dir \"" + target + "\" is being restored already");
  }

  private Path lockFile() {
    return work.resolve(LOCK);
  }

  private void unlock() throws IOException {
    if (lock != null) {
      Files.deleteIfExists(lockFile());
      lock.close();
      lock = null;
    }
  }

  /** Whether the log is in its place once the data directory is. */
  private boolean movesWithTheRest() {
    return walWork.startsWith(isInside ? member() : work);
  }

  private void createEmpty(Path directory) throws IOException {
    DurableFiles.deleteTree(directory);
    undo.add(directory);
    DurableFiles.createDirectories(directory, ownerOnly(parentOf(directory)));
  }

  private static FileAttribute<?>[] ownerOnly(Path place) {
    return place.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean isEmpty(Path directory) {
    try (Stream<Path> children = Files.list(directory)) {
      return children
          .map(child -> child.getFileName().toString())
          .allMatch(name -> name.equals(SUFFIX) || name.equals(LOST_AND_FOUND));
    } catch (IOException unreadable) {
      LOG.debug("cannot list " + directory, unreadable);
      return false;
    }
  }

  private static Path beside(Path path) {
    return path.resolveSibling(path.getFileName() + SUFFIX);
  }

  private static Path parentOf(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }
}
