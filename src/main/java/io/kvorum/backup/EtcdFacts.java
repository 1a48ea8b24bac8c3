package io.kvorum.backup;

import io.kvorum.model.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Names the facts of the store that keep what a snapshot of etcd holds and Kvorum has no use for
 * yet: {@code etcd/<bucket>/<key in hexadecimal>}, the value unchanged. Stateless.
 *
 * <p>Held by: SnapshotFileTest.
 */
public final class EtcdFacts {
  private static final String PREFIX = "etcd/";

  /** What the column of a fact's name has room for. */
  private static final int MAX_NAME = 1024;

  private EtcdFacts() {}

  /** The entry that a fact keeps. */
  public record Kept(String bucket, Bytes key) {}

  /**
   * The entry that a fact of this name keeps; empty if it is another fact.
   *
   * @throws IllegalArgumentException if the name is damaged
   */
  public static Optional<Kept> parse(String name) {
    if (!name.startsWith(PREFIX)) {
      return Optional.empty();
    }
    int slash = name.indexOf('/', PREFIX.length());
    if (slash < 0) {
      throw new IllegalArgumentException("the fact " + name + " names no bucket");
    }
    return Optional.of(
        new Kept(
            name.substring(PREFIX.length(), slash),
            Bytes.wrap(HexFormat.of().parseHex(name, slash + 1, name.length()))));
  }

  /**
   * @throws SnapshotException if the key is too long for a name
   */
  static String name(String bucket, byte[] key) throws SnapshotException {
    String name = PREFIX + bucket + "/" + HexFormat.of().formatHex(key);
    if (name.length() > MAX_NAME) {
      throw new SnapshotException(
          "bucket \""
              + bucket
              + "\" has a name of "
              + key.length
              + " bytes, and cannot be kept: \""
              + new String(key, 0, 40, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?")
              + "…\"");
    }
    return name;
  }
}
