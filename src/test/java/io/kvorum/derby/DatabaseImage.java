package io.kvorum.derby;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The files of a database directory, copied while it was open: what a kill of the process would
 * have left, since that is what the kernel holds at that moment.
 */
final class DatabaseImage {
  private final Path directory;

  private DatabaseImage(Path directory) {
    this.directory = directory;
  }

  static DatabaseImage of(Path source, Path target) throws IOException {
    try (Stream<Path> tree = Files.walk(source)) {
      for (Path from : tree.toList()) {
        Path to = target.resolve(source.relativize(from).toString());
        if (Files.isDirectory(from)) {
          Files.createDirectories(to);
        } else {
          Files.copy(from, to);
        }
      }
    }
    return new DatabaseImage(target);
  }

  Path directory() {
    return directory;
  }

  DatabaseImage copyTo(Path target) throws IOException {
    return of(directory, target);
  }

  /** The names of all files, relative, sorted. */
  List<String> files() throws IOException {
    return new ArrayList<>(checksums().keySet());
  }

  /** Files that hold data: not the texts for humans, not the locks. */
  List<String> dataFiles() throws IOException {
    return files().stream()
        .filter(name -> !name.contains("README") && !name.endsWith(".lck"))
        .toList();
  }

  Map<String, Long> checksums() throws IOException {
    Map<String, Long> sums = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path file : tree.filter(Files::isRegularFile).toList()) {
        CRC32C crc = new CRC32C();
        crc.update(Files.readAllBytes(file));
        sums.put(directory.relativize(file).toString(), crc.getValue());
      }
    }
    return sums;
  }

  long size(String file) throws IOException {
    return Files.size(directory.resolve(file));
  }

  void flipBit(String file, long offset, int bit) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(path(file), "rw")) {
      access.seek(offset);
      int value = access.read();
      access.seek(offset);
      access.write(value ^ (1 << bit));
    }
  }

  void cut(String file, long length) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(path(file), "rw")) {
      access.setLength(length);
    }
  }

  void delete(String file) throws IOException {
    Files.delete(directory.resolve(file));
  }

  /** The offset behind the last byte of the file that is not zero. */
  long endOfContent(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(directory.resolve(file));
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }

  private String path(String file) {
    return directory.resolve(file).toString();
  }
}
