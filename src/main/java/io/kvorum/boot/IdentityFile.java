package io.kvorum.boot;

import io.kvorum.boot.config.DataDirectory;
import io.kvorum.service.Identity;
import io.kvorum.support.DurableFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/**
 * Stores the member's ids: they come from its first start, when they are derived from flags or
 * assigned by the cluster that it joins, and stay the same whatever flags follow. Used by one
 * thread at a time.
 */
public final class IdentityFile {
  private static final String CLUSTER_ID = "cluster-id";
  private static final String MEMBER_ID = "member-id";
  private static final String STAGE = "stage";

  /** How far the first start has come. */
  public enum Stage {
    /** The member founds a cluster; its log may not exist yet. */
    FOUNDING,
    /** The member joins a cluster; the snapshot may be incomplete, and must not be used. */
    JOINING,
    /** Log and store are durable: the first start is complete. */
    MEMBER
  }

  /** The content of the file. */
  public record Stored(Identity identity, Stage stage) {}

  private final Path file;

  public IdentityFile(Path memberDirectory) {
    this.file = memberDirectory.resolve(DataDirectory.IDENTITY_FILE);
  }

  /**
   * What is on disk; empty before the first start.
   *
   * @param memberName is not stored, since it may change
   * @throws IOException if the file cannot be read, or is damaged
   */
  public Optional<Stored> load(String memberName) throws IOException {
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
  public void save(Identity identity, Stage stage) throws IOException {
    Properties properties = new Properties();
    properties.setProperty(CLUSTER_ID, Long.toHexString(identity.clusterId()));
    properties.setProperty(MEMBER_ID, Long.toHexString(identity.memberId()));
    properties.setProperty(STAGE, stage.name().toLowerCase(Locale.ROOT));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    properties.store(text, "Who this member is. Made at its first start; do not change it.");
    DurableFiles.replace(file, text.toByteArray());
  }

  private long id(Properties properties, String name) throws IOException {
    try {
      return Long.parseUnsignedLong(properties.getProperty(name, ""), 16);
    } catch (NumberFormatException e) {
      throw new IOException(file + " is damaged: it has no valid " + name, e);
    }
  }

  /** Files from before there were clusters of several members have no stage. */
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
