package io.kvorum.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Adds up what the files below a directory take. Stateless. */
final class DirectorySize {
  private DirectorySize() {}

  /** In bytes; files that a server removes meanwhile do not count. */
  static long bytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      long sum = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        sum += sizeOf(file);
      }
      return sum;
    }
  }

  private static long sizeOf(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException removed) {
      return 0;
    }
  }
}
