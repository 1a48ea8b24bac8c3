package io.kvorum.derby;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Looks at the files of a Derby database before Derby does, reading only: once Derby boots, its
 * recovery writes.
 */
final class DatabaseFiles {
  /** Derby writes it once, when it makes the database, without a checksum. */
  private static final String SERVICE = "service.properties";

  private static final String SERVICE_CHECKSUM = "service.crc";

  private static final String[] INDISPENSABLE = {
    SERVICE, SERVICE_CHECKSUM, "seg0", "log", FlushMark.FILE
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
    if (!Files.readString(directory.resolve(SERVICE_CHECKSUM), ISO_8859_1)
        .equals(serviceChecksum(directory))) {
      throw new IOException(
          "the database "
              + directory
              + " is damaged: the file "
              + SERVICE
              + " (or "
              + SERVICE_CHECKSUM
              + ") is not as it was written; nothing has been changed");
    }
    FlushMark.read(directory);
    CleanClose.check(directory);
    new LogFilesCheck(directory).run();
    new PageFilesCheck(directory).run();
  }

  /** Adds what is needed to check the files later; called when the database has been made. */
  static void seal(Path directory) throws IOException {
    Files.writeString(directory.resolve(SERVICE_CHECKSUM), serviceChecksum(directory), ISO_8859_1);
    FlushMark.create(directory, 0);
    CleanClose.record(directory);
  }

  private static String serviceChecksum(Path directory) throws IOException {
    CRC32C crc = new CRC32C();
    crc.update(Files.readAllBytes(directory.resolve(SERVICE)));
    return Long.toHexString(crc.getValue());
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
