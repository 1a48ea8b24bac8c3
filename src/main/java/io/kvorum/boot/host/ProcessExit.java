package io.kvorum.boot.host;

import java.util.Set;

/**
 * Ends this process at once, without shutdown hooks. Stateless.
 *
 * <p>The JVM waits for up to 300 ms until no thread is in native code. There a container's threads
 * are that wait for connections, for as long as nobody wakes them: an interrupt does. All else that
 * the process has to finish must be finished by then.
 */
public final class ProcessExit {
  /** Whose native methods wait for the network, and return when the thread is interrupted. */
  private static final Set<String> WAITING =
      Set.of("sun.nio.ch.EPoll", "sun.nio.ch.KQueue", "sun.nio.ch.Net");

  private ProcessExit() {}

  /** Never returns. */
  public static void now(int status) {
    wakeThreadsThatWaitForTheNetwork();
    Runtime.getRuntime().halt(status);
  }

  static void wakeThreadsThatWaitForTheNetwork() {
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              if (frames.length > 0 && isWaiting(frames[0])) {
                thread.interrupt();
              }
            });
  }

  private static boolean isWaiting(StackTraceElement innermost) {
    return innermost.isNativeMethod() && WAITING.contains(innermost.getClassName());
  }
}
