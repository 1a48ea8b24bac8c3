package io.kvorum.boot.host;

import io.kvorum.boot.config.LogLevel;
import io.kvorum.boot.launcher.Bootstrap;
import org.jspecify.annotations.Nullable;

/**
 * The process around the member: where its log and its first line go, and what ends when the member
 * gives up. There is one per JVM. Thread-safe.
 *
 * <p>Held by: HostTest, LauncherIT, PlainLibertyIT.
 */
public sealed interface Host permits OwnProcess, ForeignLiberty {

  /** The host of this JVM. */
  static Host ofThisJvm() {
    return Boolean.getBoolean(Bootstrap.LAUNCHED) ? new OwnProcess() : new ForeignLiberty();
  }

  /** Whether {@code bin/kvorum} started this JVM, so that the process ends with the member. */
  boolean ownsProcess();

  /** Sends the member's log where it belongs. To be called once, before anything else starts. */
  void openLog(LogLevel level);

  /**
   * Reports that clients are served. To be called when the member has opened its own ports.
   *
   * @param details what follows on the line, such as the URLs
   */
  void serving(String details);

  /** Reports instead that the member runs and serves no client. */
  void notServing(String reason);

  /** Takes what stops the member; the application stops it once more when it goes itself. */
  void beforeStop(Runnable stop);

  /**
   * Gives up, at once and without a clean stop: the member could not start, or must not continue,
   * as after a failed flush of the log. The next start recovers from what is on disk.
   *
   * @param line for the user
   * @param cause for the log, where stack traces are wanted
   * @return what the application must throw, if the process survives: {@code throw host.fail(…)}
   */
  IllegalStateException fail(String line, @Nullable Throwable cause);
}
