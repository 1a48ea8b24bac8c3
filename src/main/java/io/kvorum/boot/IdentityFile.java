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
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/**
 * Keeps who a member is: its ids come from its first start, when they are derived from flags or
 * learnt from the cluster that it joins, and stay the same whatever flags come later. Used by one
 * thread.
 */
final class IdentityFile {
  private static final String CLUSTER_ID = "cluster-id";
  private static final String MEMBER_ID = "member-id";
  private static final String STAGE = "stage";

  /** How far a member has come. */
  enum Stage {
    /** It founds a cluster; its log may not exist yet. */
    FOUNDING,
    /** It joins a cluster; the state may not have arrived yet, and must not be used. */
    JOINING,
    /** Log and state are there. */
    MEMBER
  }

  /** What the file says. */
  record Stored(Identity identity, Stage stage) {}

  private final Path file;

  IdentityFile(Path memberDirectory) {
    this.file = memberDirectory.resolve(DataDirectory.IDENTITY_FILE);
  }

  /**
   * What is on disk; empty before the first start.
   *
   * @param memberName is not kept: it may change
   * @throws IOException if the file cannot be read, or is damaged
   */
  Optional<Stored> load(String memberName) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IllegalArgumentException malformed) {
      throw new IOException(file + " is damaged: " + malformed.getMessage(), malformed);
    }
    return Optional.of(
        new Stored(
            new Identity(id(properties, CLUSTER_ID), id(properties, MEMBER_ID), memberName),
            stage(properties)));
  }

  /**
   * Replaces what is on disk: durable when it returns, and whole or not at all.
   *
   * @throws IOException if the file cannot be written
   */
  void save(Identity identity, Stage stage) throws IOException {
    Properties properties = new Properties();
    properties.setProperty(CLUSTER_ID, Long.toHexString(identity.clusterId()));
    properties.setProperty(MEMBER_ID, Long.toHexString(identity.memberId()));
    properties.setProperty(STAGE, stage.name().toLowerCase(Locale.ROOT));
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
    try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent())) {
      directory.force(true);
    }
  }

  private long id(Properties properties, String name) throws IOException {
    try {
      return Long.parseUnsignedLong(properties.getProperty(name, ""), 16);
    } catch (NumberFormatException e) {
      throw new IOException(file + " is damaged: it has no valid " + name, e);
    }
  }

  /** Files from before there were clusters of several members name no stage. */
  private Stage stage(Properties properties) throws IOException {
    String name = properties.getProperty(STAGE);
    if (name == null) {
      return Stage.MEMBER;
    }
    for (Stage stage : Stage.values()) {
      if (stage.name().toLowerCase(Locale.ROOT).equals(name)) {
        return stage;
      }
    }
    throw new IOException(file + " is damaged: it has no valid " + STAGE);
  }
}
