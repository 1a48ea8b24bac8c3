package io.kvorum.sealing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;

/** Writes files of keys, as an operator does. */
public final class KeyFiles {
  private KeyFiles() {}

  /**
   * Replaces a file, privately and at once.
   *
   * @param lines as they stand in it; an id alone gets a key that is the same for each such id
   */
  public static Path write(Path file, String... lines) throws IOException {
    StringBuilder text = new StringBuilder("# keys of a test\n\n");
    for (String line : lines) {
      text.append(line.contains(":") || line.equals("plain") ? line : line + ":" + secret(line));
      text.append('\n');
    }
    Path beside = Path.of(file + ".beside");
    Files.deleteIfExists(beside);
    Files.createFile(
        beside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(beside, text);
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return file;
  }

  /** A different key for each id, always the same one. */
  public static String secret(String id) {
    byte[] secret = new byte[32];
    Arrays.fill(secret, (byte) id.hashCode());
    secret[0] = (byte) (id.hashCode() >> 8);
    return Base64.getEncoder().encodeToString(secret);
  }
}
