package io.kvorum.derby.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.kvorum.support.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Records the files of a database and their lengths at a clean close. The record is removed before
 * the next boot: while it is there, no file may be missing, shorter or longer.
 *
 * <p>After a crash there is no record, because the lengths are not known then; what is missing is
 * found by Derby, or when the tables are read.
 *
 * <p>Held by: DerbyWalDamageTest, DerbyHistoryDamageTest.
 */
final class CleanClose {
  static final String FILE = "closed.files";

  private CleanClose() {}

  /** Called when Derby has stopped. */
  static void record(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    lengths(directory).forEach((name, length) -> lines.add(length + " " + name));
    lines.add("end");
    DurableFiles.replace(
        directory.resolve(FILE), (String.join("\n", lines) + "\n").getBytes(ISO_8859_1));
  }

  /** Called before Derby boots, when all checks have passed. */
  static void forget(Path directory) throws IOException {
    DurableFiles.delete(directory.resolve(FILE));
  }

  static void check(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = Files.readAllLines(file, ISO_8859_1);
    TreeMap<String, Long> found = lengths(directory);
    boolean whole = !lines.isEmpty() && lines.get(lines.size() - 1).equals("end");
    for (String line : whole ? lines.subList(0, lines.size() - 1) : List.<String>of()) {
      int space = line.indexOf(' ');
      String name = line.substring(space + 1);
      Long length = found.remove(name);
      if (length == null) {
        throw Damage.of(directory, name, "is missing");
      }
      if (!line.substring(0, Math.max(0, space)).equals(length.toString())) {
        throw Damage.of(directory, name, "has " + length + " bytes, not as it was closed");
      }
    }
    if (!whole || !found.isEmpty()) {
      String name = whole ? found.firstKey() : FILE;
      throw Damage.of(directory, name, whole ? "does not belong here" : "is unreadable");
    }
  }

  /** The files that hold Derby's data, by name, with their lengths. */
  private static TreeMap<String, Long> lengths(Path directory) throws IOException {
    TreeMap<String, Long> lengths = new TreeMap<>();
    for (String folder : new String[] {"seg0", "log"}) {
      try (Stream<Path> children = Files.list(directory.resolve(folder))) {
        for (Path child : children.filter(Files::isRegularFile).toList()) {
          String name = child.getFileName().toString();
          if (name.endsWith(".dat") || name.endsWith(".ctrl")) {
            lengths.put(folder + "/" + name, Files.size(child));
          }
        }
      }
    }
    return lengths;
  }
}
