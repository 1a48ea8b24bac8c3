package io.kvorum.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/** Changes files so that a change is on disk, whole, when the method returns. */
public final class DurableFiles {
  private DurableFiles() {}

  /**
   * Replaces the content of a file, or creates it: after a crash it has the old content or the new
   * one. What was begun stands beside it as {@code <name>.new}, and is overwritten next time.
   */
  public static void replace(Path file, byte[] content) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    rename(beside, file);
  }

  /** Moves a file or directory within its file system, and syncs the directory it is now in. */
  public static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(parentOf(to));
  }

  /** Deletes a file or an empty directory, if it is there, and syncs the one it was in. */
  public static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      syncDirectory(parentOf(file));
    }
  }

  /** Brings the entries of a directory to disk: what was created, renamed or deleted in it. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Creates a directory and those above it that are missing.
   *
   * @param attributes of each that is created
   */
  public static void createDirectories(Path directory, FileAttribute<?>... attributes)
      throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = parentOf(directory);
    createDirectories(parent, attributes);
    Files.createDirectory(directory, attributes);
    syncDirectory(parent);
  }

  /** The same; only the owner can use what is created, where the file system knows of owners. */
  public static void createPrivateDirectories(Path directory) throws IOException {
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      createDirectories(directory);
    }
  }

  /** Brings a directory to disk with all that is in it. */
  public static void syncTree(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.toList()) {
        if (Files.isDirectory(path)) {
          syncDirectory(path);
        } else {
          syncFile(path);
        }
      }
    }
  }

  /** Brings a file's content to disk. */
  public static void syncFile(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Deletes a file or a directory with all that is in it; nothing happens if it is not there. */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static Path parentOf(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " has no parent");
    }
    return parent;
  }
}
