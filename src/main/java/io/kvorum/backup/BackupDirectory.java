package io.kvorum.backup;

import io.kvorum.sealing.MasterKeys;
import io.kvorum.support.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Keeps the backups that the members of one cluster make on their schedule. A file with the name of
 * a backup is whole and was read back; what is being written stands beside it, with the member who
 * writes as part of its name. Nothing else in the directory is ever touched: neither other files,
 * nor backups of another cluster. Confined to one thread at a time; blocks for as long as the disk
 * does.
 *
 * <pre>
 *   kvorum-fced5118d6805183-20261130T130000Z-1234.db
 *   kvorum-fced5118d6805183-20261130T140000Z-1300.db.8e9e05c52164694d.partial
 *   kvorum-fced5118d6805183-20261130T150000Z-1301.db.sealed
 * </pre>
 */
public final class BackupDirectory {
  private static final String PARTIAL = ".partial";

  /** Knows how much may be written. */
  public interface Room {
    /**
     * Asks for room, before a file is written and again and again while it is.
     *
     * @throws IOException if there is less, in words that name what is missing
     */
    void require(long bytes) throws IOException;
  }

  private final Path path;
  private final long clusterId;
  private final String partialEnding;
  private final Room room;
  private final Supplier<MasterKeys> keys;

  /** A directory of backups in the clear. */
  public BackupDirectory(Path path, long clusterId, long memberId, Room room) {
    this(path, clusterId, memberId, room, () -> MasterKeys.NONE);
  }

  /**
   * @param keys what backups are sealed with, asked for each of them
   */
  public BackupDirectory(
      Path path, long clusterId, long memberId, Room room, Supplier<MasterKeys> keys) {
    this.keys = keys;
    this.path = path;
    this.clusterId = clusterId;
    this.partialEnding = "." + Long.toHexString(memberId) + PARTIAL;
    this.room = room;
  }

  /** Creates the directory if it is missing, for its owner alone. */
  public void create() throws IOException {
    DurableFiles.createPrivateDirectories(path);
  }

  /** The backups of this cluster, the newest one first. */
  public List<BackupName> backups() throws IOException {
    List<BackupName> backups = new ArrayList<>();
    for (Path file : files("kvorum-*.db{,.sealed}")) {
      nameOf(file).ifPresent(backups::add);
    }
    backups.sort(Comparator.reverseOrder());
    return backups;
  }

  /** Where a backup is. */
  public Path fileOf(BackupName name) {
    return path.resolve(name.fileName());
  }

  /** Deletes what this member has left unfinished. */
  public void deletePartials() throws IOException {
    for (Path file : files("kvorum-*" + partialEnding)) {
      String name = file.getFileName().toString();
      String whole = name.substring(0, name.length() - partialEnding.length());
      if (BackupName.parse(whole).filter(this::isOurs).isPresent()) {
        DurableFiles.delete(file);
      }
    }
  }

  /**
   * Begins a backup.
   *
   * @param export is closed when it has been written, or with what this returns
   */
  public PartialBackup begin(Instant time, SnapshotExport export) {
    MasterKeys with = keys.get();
    BackupName name = new BackupName(clusterId, time, export.revision(), !with.isPlain());
    return new PartialBackup(
        export, fileOf(name), path.resolve(name.fileName() + partialEnding), room, with);
  }

  /**
   * Deletes the oldest backups, so that {@code keep} are left. What is dated later than now, by a
   * clock that was wrong, is left alone and does not count.
   *
   * @return how many were deleted
   */
  public int prune(Instant now, int keep) throws IOException {
    List<BackupName> excess =
        backups().stream().filter(name -> !name.time().isAfter(now)).skip(keep).toList();
    for (BackupName name : excess) {
      Files.deleteIfExists(fileOf(name));
    }
    return excess.size();
  }

  private Optional<BackupName> nameOf(Path file) {
    return BackupName.parse(file.getFileName().toString()).filter(this::isOurs);
  }

  private boolean isOurs(BackupName name) {
    return name.clusterId() == clusterId;
  }

  private List<Path> files(String pattern) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(path, pattern)) {
      for (Path file : found) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          files.add(file);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return files;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
