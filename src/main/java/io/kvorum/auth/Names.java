package io.kvorum.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The names that have a meaning, and the order of names: by their bytes, as etcd sorts them.
 *
 * <p>Held by: AuthTableTest.
 */
final class Names {
  /** The user without whom auth cannot be enabled, and the role that may do everything. */
  static final String ROOT = "root";

  static final Comparator<String> ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private Names() {}
}
