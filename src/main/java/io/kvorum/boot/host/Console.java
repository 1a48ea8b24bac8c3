package io.kvorum.boot.host;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the process's own stderr, past Liberty, which captures {@code System.out} and {@code
 * System.err} for its log. Thread-safe.
 *
 * <p>Held by: LauncherIT.
 */
public final class Console {
  private static final PrintStream ERR =
      new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

  private Console() {}

  /** Prints why the command cannot be run, for the user who has just typed it. */
  public static void refuse(@Nullable String line) {
    ERR.println("kvorum: " + line);
  }

  /** Prints a line of the log. */
  static void log(String line) {
    ERR.println(line);
  }
}
