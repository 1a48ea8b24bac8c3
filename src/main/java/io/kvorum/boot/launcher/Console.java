package io.kvorum.boot.launcher;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the process's own stdout and stderr, past Liberty, which captures {@code System.out}
 * and {@code System.err} for its log. Thread-safe.
 *
 * <p>Held by: LauncherIT.
 */
public final class Console {
  private static final PrintStream OUT = stream(FileDescriptor.out);
  private static final PrintStream ERR = stream(FileDescriptor.err);

  private Console() {}

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** Prints a line for the user. */
  public static void out(String line) {
    OUT.println(line);
  }

  /** Prints an error or a warning for the user. */
  public static void err(@Nullable String line) {
    ERR.println("kvorum: " + line);
  }

  /** Prints a line of the log. */
  public static void log(String line) {
    ERR.println(line);
  }
}
