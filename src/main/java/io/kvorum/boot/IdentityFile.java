package io.kvorum.boot;

import io.kvorum.boot.config.DataDirectory;
import io.kvorum.service.Identity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;

/**
 * Keeps who a member is: its ids are derived from the flags of its first start, and stay the same
 * whatever flags come later.
 */
final class IdentityFile {
  private static final String CLUSTER_ID = "cluster-id";
  private static final String MEMBER_ID = "member-id";

  private final Path file;

  IdentityFile(Path memberDirectory) {
    this.file = memberDirectory.resolve(DataDirectory.IDENTITY_FILE);
  }

  /**
   * The identity that is on disk, or {@code first}, which is written then.
   *
   * @throws IOException if the file cannot be read or written, or is damaged
   */
  Identity loadOrCreate(Identity first) throws IOException {
    if (!Files.exists(file)) {
      write(first);
      return first;
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return new Identity(id(properties, CLUSTER_ID), id(properties, MEMBER_ID), first.memberName());
  }

  private long id(Properties properties, String name) throws IOException {
    try {
      return Long.parseUnsignedLong(properties.getProperty(name, ""), 16);
    } catch (NumberFormatException e) {
      throw new IOException(file + " is damaged: it has no valid " + name, e);
    }
  }

  /** Whole or not at all: written beside, synced, and moved. */
  private void write(Identity identity) throws IOException {
    Properties properties = new Properties();
    properties.setProperty(CLUSTER_ID, Long.toHexString(identity.clusterId()));
    properties.setProperty(MEMBER_ID, Long.toHexString(identity.memberId()));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    properties.store(text, "Who this member is. Made at its first start; do not change it.");
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.toByteArray());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
