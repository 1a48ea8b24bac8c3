package io.kvorum.derby;

import io.kvorum.derby.files.DatabaseFiles;
import io.kvorum.support.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Names the directories of a member's revision history and of an incoming snapshot. Thread-safe.
 *
 * <pre>
 *   member/history           the first one: the current one unless a pointer names another
 *   member/history-1         the next one: what is incoming, until it is made current
 *   member/history.current   the pointer: one line with the name of the current one
 * </pre>
 *
 * <p>A database is never moved, since it may be open; it becomes the current one when the pointer
 * is replaced, which is atomic and durable. The incoming one keeps its name over a restart, so that
 * an interrupted transfer can be resumed, unless a file of its name and {@code .moving} says that
 * it is the copy of a defragmentation, which starts over.
 */
public final class HistoryDirectories {
  static final String POINTER = "history.current";

  private static final String UNFINISHED = ".new";

  /** Beside the directory of a history: the store is moving there, and what is in it is nothing. */
  private static final String MOVING = ".moving";

  /** With less than this, a database cannot even be opened: its log grows in steps of this size. */
  private static final long LEAST_USABLE_BYTES = 16 << 20;

  private static final Pattern NAME = Pattern.compile("history(?:-([1-9][0-9]{0,17}))?");

  private final Path member;
  private long current;

  private HistoryDirectories(Path member, long current) {
    this.member = member;
    this.current = current;
  }

  /**
   * Finds the current one, and deletes what is neither current nor incoming. To be called before
   * one of them is opened.
   *
   * @param member an existing directory
   * @throws IOException if the pointer is damaged, or names a directory that is not there; nothing
   *     has been changed then
   */
  public static HistoryDirectories in(Path member) throws IOException {
    HistoryDirectories directories = new HistoryDirectories(member, numberInPointer(member));
    directories.deleteUnfinishedMove();
    directories.deleteFormer();
    return directories;
  }

  /**
   * The directories of all histories that there are in a member's directory, which may not exist.
   */
  public static List<Path> databasesIn(Path member) throws IOException {
    if (!Files.isDirectory(member)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(member)) {
      return children
          .filter(child -> NAME.matcher(child.getFileName().toString()).matches())
          .filter(Files::isDirectory)
          .sorted()
          .toList();
    }
  }

  private static long numberInPointer(Path member) throws IOException {
    Path pointer = member.resolve(POINTER);
    String text;
    try {
      text = Files.readString(pointer, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return 0;
    }
    Matcher name = NAME.matcher(text.strip());
    if (!text.endsWith("\n") || !name.matches()) {
      throw new IOException(
          "the file " + pointer + " is damaged: it should name the directory of the history");
    }
    long number = numberOf(name);
    if (!Files.isDirectory(member.resolve(nameOf(number)))) {
      throw new IOException(
          "the directory "
              + member.resolve(nameOf(number))
              + ", which "
              + POINTER
              + " names, is missing");
    }
    return number;
  }

  /** The history that the member uses. */
  public synchronized Path current() {
    return member.resolve(nameOf(current));
  }

  /** The place for the next one, which may hold what an earlier attempt left. */
  public synchronized Path incoming() {
    return member.resolve(nameOf(current + 1));
  }

  /**
   * Makes what is incoming the current one, durably when it returns; it is complete, and may be
   * open. A crash leaves the one or the other.
   *
   * <p>To be called right after the store has installed it, which may refuse one that is behind,
   * and before the log is reset or anything is acknowledged on top of it.
   */
  public synchronized void makeCurrent() throws IOException {
    if (!Files.isDirectory(incoming())) {
      throw new IllegalStateException(incoming() + " is not there");
    }
    DurableFiles.replace(
        member.resolve(POINTER),
        (nameOf(current + 1) + "\n").getBytes(StandardCharsets.ISO_8859_1));
    current++;
  }

  /**
   * Prepares the place for the next one, for a copy of the current one: what an earlier snapshot
   * left there is deleted, and so is what this leaves, when the member starts again.
   *
   * @throws IOException if a snapshot is being received there
   */
  public synchronized Path beginMove() throws IOException {
    Path incoming = incoming();
    if (!DerbyDatabase.deleteUnlessOpen(incoming)) {
      throw new IOException("a snapshot of another member is being received");
    }
    Files.write(moving(current + 1), new byte[0]);
    return incoming;
  }

  /** Ends what {@link #beginMove} began, whether or not the copy has become the current one. */
  public synchronized void endMove(Path copy) throws IOException {
    if (!copy.equals(current())) {
      DurableFiles.deleteTree(copy);
    }
    Files.deleteIfExists(moving(copy));
  }

  private Path moving(long number) {
    return moving(member.resolve(nameOf(number)));
  }

  private static Path moving(Path history) {
    return history.resolveSibling(history.getFileName() + MOVING);
  }

  /**
   * Deletes an incoming snapshot that cannot be opened or resumed, so that it may be received from
   * the start. Not if it is open after all; nor if the disk is full: then that is the cause, and
   * what has arrived is worth keeping.
   *
   * @return whether it was deleted
   */
  public synchronized boolean deleteUnusable() throws IOException {
    return Files.getFileStore(member).getUsableSpace() >= LEAST_USABLE_BYTES
        && DerbyDatabase.deleteUnlessOpen(incoming());
  }

  /** Deletes a history that is not the current one, unless it is open or about to be moved to. */
  public synchronized void deleteUnused(Path history) throws IOException {
    if (!history.equals(current()) && !Files.exists(moving(history))) {
      DerbyDatabase.deleteUnlessOpen(history);
    }
  }

  /** What the pages and facts of a history take on disk; 0 if it is not there. Any thread. */
  public long sizeBytes(Path history) {
    return DatabaseFiles.sizeBytes(history.resolve("seg0"));
  }

  /** The current one, and those that are not open: left by a transfer, or not deleted yet. */
  public synchronized List<Path> databases() throws IOException {
    return databasesIn(member).stream()
        .filter(history -> history.equals(current()) || !DerbyDatabase.isOpenHere(history))
        .toList();
  }

  /** Deletes what is neither current nor incoming: former ones, which must be closed by now. */
  public synchronized void deleteFormer() throws IOException {
    List<Path> children;
    try (Stream<Path> all = Files.list(member)) {
      children = all.toList();
    }
    for (Path child : children) {
      String name = child.getFileName().toString();
      Matcher history = NAME.matcher(name);
      if (name.equals(POINTER + UNFINISHED)) {
        Files.delete(child);
      } else if (history.matches() && !isKept(numberOf(history))) {
        DurableFiles.deleteTree(child);
      }
    }
  }

  /** The mark of a move that was completed names the current one, and is all that is deleted. */
  private synchronized void deleteUnfinishedMove() throws IOException {
    if (Files.exists(moving(current + 1))) {
      DurableFiles.deleteTree(incoming());
      Files.delete(moving(current + 1));
    }
    Files.deleteIfExists(moving(current));
  }

  private boolean isKept(long number) {
    return number == current || number == current + 1;
  }

  private static String nameOf(long number) {
    return number == 0 ? "history" : "history-" + number;
  }

  private static long numberOf(Matcher name) {
    String number = name.group(1);
    return number == null ? 0 : Long.parseLong(number);
  }
}
