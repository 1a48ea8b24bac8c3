package io.kvorum.boot.launcher;

import io.kvorum.support.DurableFiles;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/**
 * Preserves Liberty's work area: caches that shorten its start, and that Liberty discards after it
 * was killed. The {@linkplain Training training} leaves a copy in the installation's caches, and
 * every start of any member begins with that copy. Without one, or if copying fails, the start is
 * merely slow. Used by one thread at a time.
 */
final class WorkArea {
  private static final Log LOG = Log.of(WorkArea.class);

  private static final Path IN_OUTPUT = Path.of("kvorum", "workarea");
  private static final Path SERVER_XML = Path.of("servers", "kvorum", "server.xml");

  private final Path own;
  private final Path copies;
  private final Path copy;

  private WorkArea(Path own, Path copies, Path copy) {
    this.own = own;
    this.copies = copies;
    this.copy = copy;
  }

  /**
   * The work area of one member.
   *
   * @param installation a copy is good for as long as its server.xml is, and for the place where it
   *     was made
   * @param caches where copies are
   * @param output Liberty's output directory for this member
   */
  static WorkArea of(Installation installation, Path caches, Path output) throws LaunchException {
    Path configuration = installation.users().resolve(SERVER_XML);
    try {
      long version = Files.getLastModifiedTime(configuration).toMillis();
      int place = installation.home().hashCode();
      return new WorkArea(
          output.resolve(IN_OUTPUT),
          caches,
          caches.resolve("liberty-%x-%x".formatted(version, place)));
    } catch (IOException unreadable) {
      throw new LaunchException("cannot read \"" + configuration + "\": " + Reason.of(unreadable));
    }
  }

  /** Restores the copy, before a start. */
  void restore() {
    if (!Files.isDirectory(copy)) {
      return;
    }
    try {
      DurableFiles.deleteTree(own);
      copy(copy, own);
    } catch (IOException | UncheckedIOException spoilt) {
      deleteQuietly(own);
    }
  }

  /** Keeps a copy, if there is none, after a clean stop: before, it is not complete. */
  void keep() {
    if (Files.exists(copy)) {
      return;
    }
    Path partial = copies.resolve("." + ProcessHandle.current().pid());
    try {
      Files.createDirectories(copies);
      copy(own, partial);
      Files.move(partial, copy, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | UncheckedIOException readOnlyOrJustMade) {
      deleteQuietly(partial);
    }
  }

  /** Copies a work area, without the files that mark a running server. */
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        Path relative = from.relativize(path);
        if (!relative.getName(0).toString().startsWith(".s")) {
          Path target = to.resolve(relative);
          Files.createDirectories(target.getParent());
          Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
  }

  /** Deletes what nobody needs any more; what is left over does no harm. */
  static void deleteQuietly(Path tree) {
    try {
      DurableFiles.deleteTree(tree);
    } catch (IOException | UncheckedIOException stillThere) {
      LOG.debug("cannot delete {}", tree, stillThere);
    }
  }
}
