package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Launched;
import org.jspecify.annotations.Nullable;

/**
 * How the application gives up: it could not start, or it must not go on, as after a failed flush
 * of the log. Under the launcher that ends the process, at once and without a clean stop: what is
 * on disk is what counts. In a Liberty that serves others too, only the application fails.
 */
public final class MemberExit {
  private MemberExit() {}

  /**
   * Ends the process with status 1 and one line on stderr. In a foreign Liberty it returns what the
   * caller must throw: {@code throw MemberExit.because(…)}. If several threads give up at once, the
   * first one speaks, and the others do not come back.
   *
   * @param line for the user
   * @param cause for the log of a foreign Liberty, and for {@code --log-level debug}
   */
  public static synchronized IllegalStateException because(String line, @Nullable Throwable cause) {
    if (Launched.byLauncher()) {
      Console.complain(line);
      if (cause != null && MemberLog.isDetailed()) {
        Console.log(MemberLog.stackTrace(cause));
      }
      Runtime.getRuntime().halt(Main.FAILURE);
    }
    return new IllegalStateException(line, cause);
  }
}
