package io.kvorum.boot.host;

import io.kvorum.boot.config.LogLevel;
import io.kvorum.boot.launcher.Bootstrap;
import io.kvorum.boot.launcher.Console;
import io.kvorum.boot.launcher.Main;
import org.jspecify.annotations.Nullable;

/**
 * The process that {@code bin/kvorum} started: it belongs to the member, logs to stderr, and exits
 * with status 1 when the member gives up. Thread-safe.
 *
 * <p>Held by: HostTest, LauncherIT.
 */
final class OwnProcess implements Host {
  @Override
  public boolean ownsProcess() {
    return true;
  }

  @Override
  public void openLog(LogLevel level) {
    ConsoleLog.open(level);
  }

  /** The launcher prints the line as soon as Liberty's ports are open too. */
  @Override
  public void serving(String details) {
    Bootstrap.started().complete(Bootstrap.READY + " " + details);
  }

  @Override
  public void notServing(String reason) {
    Bootstrap.started().complete("not serving client requests: " + reason);
  }

  /**
   * Liberty answers with its own error pages as soon as it is asked to stop; by then the member
   * must have transferred leadership and closed its ports.
   */
  @Override
  public void beforeStop(Runnable stop) {
    Bootstrap.beforeStop(stop);
  }

  /** Never returns. If several threads give up at once, only the first is reported. */
  @Override
  public IllegalStateException fail(String line, @Nullable Throwable cause) {
    synchronized (OwnProcess.class) {
      Console.err(line);
      if (cause != null && ConsoleLog.isDetailed()) {
        Console.log(ConsoleLog.stackTrace(cause));
      }
      Runtime.getRuntime().halt(Main.FAILURE);
    }
    throw new AssertionError("halted");
  }
}
