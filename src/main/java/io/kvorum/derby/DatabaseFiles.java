package io.kvorum.derby;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Looks at the files of a Derby database before Derby does, reading only: once Derby boots, its
 * recovery writes.
 */
final class DatabaseFiles {
  private static final String[] INDISPENSABLE = {
    "service.properties", "seg0", "log", FlushMark.FILE
  };

  private DatabaseFiles() {}

  /**
   * @throws IOException if a file is missing or damaged; the message names it
   */
  static void check(Path directory) throws IOException {
    for (String name : INDISPENSABLE) {
      if (!Files.exists(directory.resolve(name))) {
        throw new IOException(
            "the database "
                + directory
                + " is damaged: the file "
                + name
                + " is missing; nothing has been changed");
      }
    }
    FlushMark.read(directory);
    CleanClose.check(directory);
    new LogFilesCheck(directory).run();
    new PageFilesCheck(directory).run();
  }

  /** The space that the files take; any thread. Files may come and go meanwhile. */
  static long sizeBytes(Path directory) {
    return sizeBytes(directory.toFile());
  }

  private static long sizeBytes(File file) {
    File[] children = file.listFiles();
    if (children == null) {
      return file.length();
    }
    long sum = 0;
    for (File child : children) {
      sum += sizeBytes(child);
    }
    return sum;
  }
}
