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

/** Looks for text in all files below a directory, whatever their form is. */
public final class FileScan {
  private FileScan() {}

  /** The files that hold one of these texts; files may come and go meanwhile. */
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

  private static List<Path> files(Path root) throws IOException {
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
