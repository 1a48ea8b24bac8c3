package io.kvorum.boot.config;

/**
 * What the launcher and the application tell each other by system properties: they share a JVM, but
 * not their classes.
 */
public final class Launched {
  /** Is true if {@code bin/kvorum} started this JVM, so that the process is the member's own. */
  public static final String PROPERTY = "kvorum.launcher";

  private Launched() {}

  /** Whether the process is the member's own, to end with it. */
  public static boolean byLauncher() {
    return Boolean.getBoolean(PROPERTY);
  }
}
