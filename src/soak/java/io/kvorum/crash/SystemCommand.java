package io.kvorum.crash;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs of the system that a fault is made with: {@code ip}, {@code mount}, {@code kill}. */
final class SystemCommand {

  /** What a program said and how it ended. */
  record Outcome(int status, String output) {
    boolean succeeded() {
      return status == 0;
    }
  }

  private SystemCommand() {}

  /** Runs a program; a missing one has the status of the shell for that. */
  static Outcome attempt(String... command) throws InterruptedException {
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
  static void run(String... command) throws InterruptedException {
    Outcome outcome = attempt(command);
    if (!outcome.succeeded()) {
      throw new IllegalStateException(List.of(command) + ": " + outcome);
    }
  }
}
