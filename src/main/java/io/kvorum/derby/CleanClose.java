package io.kvorum.derby;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A list of the files of a database and their lengths, left by a clean close and taken away before
 * the next boot: while it is there, nothing may be missing, shorter or longer.
 *
 * <p>After a crash there is none, since then nobody knows; what is missing is found by Derby or by
 * the one who reads the tables.
 */
final class CleanClose {
  static final String FILE = "closed.files";

  private CleanClose() {}

  /** Called when Derby has stopped. */
  static void record(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    lengths(directory).forEach((name, length) -> lines.add(length + " " + name));
    lines.add("end");
    Path unfinished = directory.resolve(FILE + ".new");
    Files.write(unfinished, lines);
    try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(unfinished, directory.resolve(FILE));
  }

  /** Called before Derby boots, when all checks have been passed. */
  static void forget(Path directory) throws IOException {
    if (Files.deleteIfExists(directory.resolve(FILE))) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  static void check(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    TreeMap<String, Long> found = lengths(directory);
    boolean whole = !lines.isEmpty() && lines.get(lines.size() - 1).equals("end");
    for (String line : whole ? lines.subList(0, lines.size() - 1) : List.<String>of()) {
      int space = line.indexOf(' ');
      String name = line.substring(space + 1);
      Long length = found.remove(name);
      if (length == null) {
        throw damaged(directory, name, "is missing");
      }
      if (!line.substring(0, Math.max(0, space)).equals(length.toString())) {
        throw damaged(directory, name, "has " + length + " bytes, not as it was closed");
      }
    }
    if (!whole || !found.isEmpty()) {
      String name = whole ? found.firstKey() : FILE;
      throw damaged(directory, name, whole ? "does not belong here" : "is unreadable");
    }
  }

  /** The files that Derby keeps its data in. */
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

  private static IOException damaged(Path directory, String name, String what) {
    return new IOException(
        "the database "
            + directory
            + " is damaged: the file "
            + name
            + " "
            + what
            + "; nothing has been changed");
  }
}
