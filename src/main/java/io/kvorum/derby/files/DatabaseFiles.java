package io.kvorum.derby.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Checks the files of a Derby database that is not booted, and records what the next check needs.
 *
 * <p>The check only reads: once Derby boots, its recovery writes. So a database that is refused
 * here is as it was. Stateless.
 *
 * <p>Held by: DerbyWalDamageTest, DerbyHistoryDamageTest.
 */
public final class DatabaseFiles {
  /** Derby writes it once, when it creates the database, without a checksum. */
  private static final String SERVICE = "service.properties";

  private static final String SERVICE_CHECKSUM = "service.crc";

  private static final String[] INDISPENSABLE = {
    SERVICE, SERVICE_CHECKSUM, "seg0", "log", FlushMark.FILE
  };

  private DatabaseFiles() {}

  /**
   * Checks all files.
   *
   * @throws IOException if a file is missing or damaged; the message names it
   */
  public static void check(Path directory) throws IOException {
    for (String name : INDISPENSABLE) {
      if (!Files.exists(directory.resolve(name))) {
        throw Damage.of(directory, name, "is missing");
      }
    }
    if (!Files.readString(directory.resolve(SERVICE_CHECKSUM), ISO_8859_1)
        .equals(serviceChecksum(directory))) {
      throw Damage.of(directory, SERVICE, "(or " + SERVICE_CHECKSUM + ") is not as it was written");
    }
    FlushMark.read(directory);
    CleanClose.check(directory);
    new LogFilesCheck(directory).run();
    new PageFilesCheck(directory).run();
  }

  /**
   * Lists files that are shorter than they claim to be. After a crash that need not be damage, so
   * {@link #check} accepts them; it helps to explain why Derby refuses to boot.
   */
  public static List<String> shortFiles(Path directory) throws IOException {
    return PageFilesCheck.shortFiles(directory);
  }

  /** Adds what the checks need to a database that has just been created and shut down. */
  public static void seal(Path directory) throws IOException {
    Files.writeString(directory.resolve(SERVICE_CHECKSUM), serviceChecksum(directory), ISO_8859_1);
    FlushMark.create(directory, 0);
    CleanClose.record(directory);
  }

  /** Records the files after Derby has shut down cleanly. */
  public static void recordCleanClose(Path directory) throws IOException {
    CleanClose.record(directory);
  }

  /** Removes that record, before Derby boots and after all checks have passed. */
  public static void forgetCleanClose(Path directory) throws IOException {
    CleanClose.forget(directory);
  }

  private static String serviceChecksum(Path directory) throws IOException {
    CRC32C crc = new CRC32C();
    crc.update(Files.readAllBytes(directory.resolve(SERVICE)));
    return Long.toHexString(crc.getValue());
  }

  /** The space that the files take. Any thread; files may come and go meanwhile. */
  public static long sizeBytes(Path directory) {
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
