package io.kvorum.boot.host;

import java.util.Map;
import java.util.logging.Level;

/**
 * Names levels as etcd does. Stateless.
 *
 * <p>Held by: ProcessLogTest.
 */
final class Levels {
  private static final Map<Level, String> NAMES =
      Map.of(Level.SEVERE, "error", Level.WARNING, "warn", Level.INFO, "info");

  private Levels() {}

  static String nameOf(Level level) {
    return NAMES.getOrDefault(level, "debug");
  }
}
