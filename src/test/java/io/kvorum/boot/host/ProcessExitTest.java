package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ProcessExitTest {

  @Test
  @Timeout(300)
  void onlyThreadsThatWaitForTheNetworkAreWokenAndTheProcessEndsWithoutHooks() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Ending.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output.lines()).containsExactly("the selector was woken", "the waiter was not");
    assertThat(process.exitValue()).isEqualTo(7);
  }

  /** A process with a thread in native code, and one that waits in Java. */
  static final class Ending {
    private Ending() {}

    public static void main(String[] arguments) throws Exception {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("a clean stop")));
      Selector selector = Selector.open();
      Thread selecting = start(selector::select);
      Thread waiting = start(new CountDownLatch(1)::await);
      while (!isNative(selecting) || waiting.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      ProcessExit.wakeThreadsThatWaitForTheNetwork();
      selecting.join();
      System.out.println("the selector was woken");
      System.out.println(waiting.isInterrupted() ? "the waiter, too" : "the waiter was not");
      ProcessExit.now(7);
    }

    private interface Work {
      void run() throws Exception;
    }

    private static Thread start(Work work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (Exception e) {
                  System.out.println(e);
                }
              });
      thread.start();
      return thread;
    }

    private static boolean isNative(Thread thread) {
      StackTraceElement[] frames = thread.getStackTrace();
      return frames.length > 0 && frames[0].isNativeMethod();
    }
  }
}
