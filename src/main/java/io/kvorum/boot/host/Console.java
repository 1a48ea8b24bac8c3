package io.kvorum.boot.host;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the process's own stderr and stdout, past Liberty, which captures {@code System.out}
 * and {@code System.err} for its log. Thread-safe.
 *
 * <p>Held by: LauncherIT.
 */
public final class Console {
  /** One of the two. */
  enum Stream {
    ERR(FileDescriptor.err),
    OUT(FileDescriptor.out);

    private final PrintStream stream;

    Stream(FileDescriptor descriptor) {
      stream = new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    void print(String line) {
      stream.println(line);
    }
  }

  private Console() {}

  /** Prints why the command cannot be run, for the user who has just typed it. */
  public static void refuse(@Nullable String line) {
    Stream.ERR.print("kvorum: " + line);
  }
}
