package io.kvorum.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Runs programs of the system that faults are made with: {@code ip}, {@code mount}, {@code kill}.
 */
public final class SystemCommand {

  /** What a program printed, and its exit status. */
  public record Outcome(int status, String output) {
    public boolean succeeded() {
      return status == 0;
    }
  }

  private SystemCommand() {}

  /** Runs a program; a missing one has status 127, as in a shell. */
  public static Outcome attempt(String... command) throws InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return new Outcome(process.waitFor(), output);
    } catch (IOException e) {
      return new Outcome(127, e.getMessage());
    }
  }

  /** Runs a program that must succeed. */
  public static void run(String... command) throws InterruptedException {
    Outcome outcome = attempt(command);
    if (!outcome.succeeded()) {
      throw new IllegalStateException(List.of(command) + ": " + outcome);
    }
  }
}
