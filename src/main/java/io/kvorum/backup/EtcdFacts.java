package io.kvorum.backup;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Names the facts of the store that keep what a snapshot of etcd holds and Kvorum has no use for
 * yet: {@code etcd/<bucket>/<key in hexadecimal>}, the value unchanged. Stateless.
 *
 * <p>Held by: SnapshotFileTest.
 */
public final class EtcdFacts {
  public static final String PREFIX = "etcd/";

  /** What the column of a fact's name has room for. */
  private static final int MAX_NAME = 1024;

  private EtcdFacts() {}

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
