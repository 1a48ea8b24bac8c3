package io.kvorum.boot.launcher;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The process's own stdout and stderr: Liberty puts its log between {@code System.out} and the
 * terminal.
 */
public final class Console {
  private static final PrintStream OUT = stream(FileDescriptor.out);
  private static final PrintStream ERR = stream(FileDescriptor.err);

  private Console() {}

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** A line of information. */
  public static void say(String line) {
    OUT.println(line);
  }

  /** A line about something that is wrong. */
  public static void complain(@Nullable String line) {
    ERR.println("kvorum: " + line);
  }

  /** A line of the log. */
  public static void log(String line) {
    ERR.println(line);
  }
}
