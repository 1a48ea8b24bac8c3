package io.kvorum.ctl;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Runs {@code bin/kvorumctl}.
 *
 * <p>Held by: KvorumctlIT.
 */
public final class Main {
  /** Set by the script, which can ask the system. */
  private static final String TERMINAL = "kvorumctl.terminal";

  private Main() {}

  /** Ends with the status of the command. */
  public static void main(String[] arguments) throws InterruptedException {
    System.exit(
        run(
            new Surroundings(
                utf8(FileDescriptor.out),
                utf8(FileDescriptor.err),
                Boolean.getBoolean(TERMINAL),
                System.getenv(),
                ClientLog::show),
            arguments));
  }

  /**
   * Runs a command in this JVM, for what it does and not for what it prints.
   *
   * @return the exit status
   */
  public static int runSilently(String... arguments) throws InterruptedException {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return run(new Surroundings(nowhere, nowhere, false, Map.of(), ClientLog::leave), arguments);
  }

  private static int run(Surroundings surroundings, String... arguments)
      throws InterruptedException {
    return new Program(Commands.ALL).run(surroundings, arguments);
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
