package io.kvorum.boot.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.logging.Level;

/**
 * Maps etcd's log levels to those of java.util.logging. What a member gives up for is logged as an
 * error: the levels above show it, too.
 *
 * <p>Held by: MemberConfigTest.
 */
public enum LogLevel {
  DEBUG(Level.FINE),
  INFO(Level.INFO),
  WARN(Level.WARNING),
  ERROR(Level.SEVERE),
  DPANIC(Level.SEVERE),
  PANIC(Level.SEVERE),
  FATAL(Level.SEVERE);

  private final Level level;

  LogLevel(Level level) {
    this.level = level;
  }

  /**
   * The level of that name, in lower case.
   *
   * @throws IllegalArgumentException with the choice if there is none
   */
  public static LogLevel parse(String name) {
    return Arrays.stream(values())
        .filter(candidate -> candidate.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "must be debug, info, warn, error, dpanic, panic or fatal"));
  }

  /** For {@code java.util.logging}. */
  public Level javaLevel() {
    return level;
  }
}
