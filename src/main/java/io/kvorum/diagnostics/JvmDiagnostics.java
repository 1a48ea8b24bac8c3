package io.kvorum.diagnostics;

import io.kvorum.support.Threads;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Asks the JVM about itself, on a thread for that, one question after the other, and makes one
 * recording at a time. Thread-safe; callers never wait.
 *
 * <p>Held by: JvmDiagnosticsTest.
 */
public final class JvmDiagnostics implements AutoCloseable {
  /** How many questions may wait. */
  private static final int MOST_WAITING = 4;

  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(1, task -> Threads.daemon("kvorum-diagnostics", task));

  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean isRecording = new AtomicBoolean();

  public JvmDiagnostics() {
    // So that no thread is there while nobody asks.
    thread.setKeepAliveTime(1, TimeUnit.MINUTES);
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * The stacks of all threads, with the locks that they hold, as {@code jcmd Thread.print} prints
   * them. All threads stop for that.
   *
   * @return fails with {@link BusyException}
   */
  public CompletableFuture<String> threads() {
    return ask(() -> command("threadPrint", "-l"));
  }

  /**
   * The number and bytes of the objects of each class, those that nobody uses any more included, as
   * {@code jcmd GC.class_histogram -all} prints them. All threads stop while the heap is counted:
   * about a second for each two gigabytes.
   *
   * @return fails with {@link BusyException}
   */
  public CompletableFuture<String> heap() {
    return ask(() -> command("gcClassHistogram", "-all"));
  }

  private CompletableFuture<String> ask(Callable<String> question) {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      return CompletableFuture.failedFuture(new BusyException("too many questions are waiting"));
    }
    CompletableFuture<String> answer = new CompletableFuture<>();
    thread.execute(
        () -> {
          waiting.decrementAndGet();
          complete(answer, question);
        });
    return answer;
  }

  /** Completes it in any case: memory may be short for an answer of that size. */
  static <T> void complete(CompletableFuture<T> answer, Callable<T> question) {
    try {
      answer.complete(question.call());
    } catch (Throwable failure) {
      answer.completeExceptionally(failure);
    }
  }

  private static String command(String name, String argument) throws JMException {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    return String.valueOf(
        beans.invoke(
            new ObjectName("com.sun.management:type=DiagnosticCommand"),
            name,
            new Object[] {new String[] {argument}},
            new String[] {String[].class.getName()}));
  }

  /**
   * Records the JVM's events with the settings {@code profile} of Flight Recorder.
   *
   * @param duration of the recording
   * @param mostBytes about as much is kept of it, the newest
   * @return the recording, as {@code jfr} reads it; fails with {@link BusyException} while there is
   *     another one
   */
  public CompletableFuture<byte[]> record(Duration duration, long mostBytes) {
    if (!isRecording.compareAndSet(false, true)) {
      return CompletableFuture.failedFuture(new BusyException("another recording is being made"));
    }
    CompletableFuture<byte[]> recorded =
        CompletableFuture.supplyAsync(() -> FlightRecording.start(mostBytes), thread)
            .thenCompose(
                recording -> {
                  CompletableFuture<byte[]> bytes = new CompletableFuture<>();
                  var unused =
                      thread.schedule(
                          () -> finish(recording, bytes),
                          duration.toMillis(),
                          TimeUnit.MILLISECONDS);
                  return bytes;
                });
    return recorded.whenComplete((bytes, failure) -> isRecording.set(false));
  }

  private static void finish(FlightRecording recording, CompletableFuture<byte[]> bytes) {
    complete(
        bytes,
        () -> {
          try (recording) {
            return recording.stop();
          }
        });
  }

  /** Abandons what is under way. */
  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** Says that something else must be finished first. */
  public static final class BusyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BusyException(String message) {
      super(message, null, false, false);
    }
  }
}
