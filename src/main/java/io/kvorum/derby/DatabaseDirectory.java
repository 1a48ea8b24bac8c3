package io.kvorum.derby;

import io.kvorum.support.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Creates a database in its directory, which may be a mount point: whatever instant a crash falls
 * into, the directory is still vacant, or holds a whole database, after the next {@link #fill}.
 *
 * <pre>
 *   .unfinished/   a database is being written: the next attempt deletes it and starts over
 *   .whole/        it is complete and synced, and its files are being moved up, one by one: the
 *                  next attempt goes on with that
 *   seg0/, log/ …  without .whole: the database
 * </pre>
 *
 * <p>Names that begin with a dot and {@code lost+found} belong to file systems and their tools: a
 * directory with nothing else is vacant. Anything else is taken for part of a database.
 *
 * <p>Not thread-safe. The directory itself is never renamed or removed.
 */
public final class DatabaseDirectory {
  private static final String UNFINISHED = ".unfinished";
  private static final String WHOLE = ".whole";
  private static final String LOST_AND_FOUND = "lost+found";

  private final Path directory;

  DatabaseDirectory(Path directory) {
    this.directory = directory;
  }

  /** Writes the files of a new database. */
  @FunctionalInterface
  interface Writer {
    /**
     * @param place does not exist yet
     */
    void write(Path place) throws IOException;
  }

  /** Whether no database has ever been opened in the directory, which need not exist. */
  public static boolean isVacant(Path directory) throws IOException {
    if (!Files.exists(directory) || Files.exists(directory.resolve(WHOLE))) {
      return true;
    }
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (Stream<Path> children = Files.list(directory)) {
      return children.allMatch(DatabaseDirectory::isForeign);
    }
  }

  private static boolean isForeign(Path child) {
    String name = child.getFileName().toString();
    return name.startsWith(".") || name.equals(LOST_AND_FOUND);
  }

  /** Creates the database if the directory is vacant; durably, when it returns. */
  void fill(Writer writer) throws IOException {
    if (!isVacant(directory)) {
      return;
    }
    if (!Files.exists(directory.resolve(WHOLE))) {
      DurableFiles.createDirectories(directory);
      Path unfinished = directory.resolve(UNFINISHED);
      DurableFiles.deleteTree(unfinished);
      writer.write(unfinished);
      DurableFiles.syncTree(unfinished);
      DurableFiles.rename(unfinished, directory.resolve(WHOLE));
    }
    moveUp();
  }

  private void moveUp() throws IOException {
    Path whole = directory.resolve(WHOLE);
    List<Path> files;
    try (Stream<Path> children = Files.list(whole)) {
      files = children.toList();
    }
    for (Path file : files) {
      Files.move(file, directory.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    }
    DurableFiles.syncDirectory(directory);
    DurableFiles.delete(whole);
  }
}
