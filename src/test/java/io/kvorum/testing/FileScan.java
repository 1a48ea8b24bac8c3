package io.kvorum.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Looks at all files below a directory, whatever their form is; they may come and go meanwhile. */
public final class FileScan {
  private FileScan() {}

  /** The files that hold one of these texts. */
  public static List<Path> filesWith(Path root, String... texts) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path file : files(root)) {
      String content;
      try {
        content = Files.readString(file, StandardCharsets.ISO_8859_1);
      } catch (NoSuchFileException gone) {
        continue;
      }
      for (String text : texts) {
        if (content.contains(text)) {
          found.add(file);
          break;
        }
      }
    }
    return found;
  }

  /** How long a file is; 0 if it has gone. */
  public static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException gone) {
      return 0;
    }
  }

  /** All files that are no directories; none if there is no such directory. */
  public static List<Path> files(Path root) throws IOException {
    if (!Files.exists(root)) {
      return List.of();
    }
    while (true) {
      try (Stream<Path> tree = Files.walk(root)) {
        return tree.filter(Files::isRegularFile).toList();
      } catch (UncheckedIOException changed) {
        if (!(changed.getCause() instanceof NoSuchFileException)) {
          throw changed;
        }
      }
    }
  }
}
