package io.kvorum.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class JvmDiagnosticsTest {
  private final JvmDiagnostics jvm = new JvmDiagnostics();

  @AfterEach
  void close() {
    jvm.close();
  }

  @Test
  void threadsAreShownWithTheirStacks() throws Exception {
    assertThat(jvm.threads().get(60, TimeUnit.SECONDS))
        .contains("\"kvorum-diagnostics\"", "java.lang.Thread.State: RUNNABLE", "\tat ");
  }

  @Test
  void theHeapIsShownByClass() throws Exception {
    assertThat(jvm.heap().get(60, TimeUnit.SECONDS)).contains("#instances", "java.lang.String");
  }

  @Test
  void oneRecordingIsMadeAtATimeAndQuestionsAreAnsweredMeanwhile(@TempDir Path directory)
      throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    // Called when the recording has started, on the thread that starts it.
    FlightRecorderListener held =
        new FlightRecorderListener() {
          @Override
          public void recordingStateChanged(Recording changed) {
            if (changed.getState() == RecordingState.RUNNING) {
              try {
                assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
              }
            }
          }
        };
    FlightRecorder.addListener(held);
    CompletableFuture<byte[]> recording;
    try {
      recording = jvm.record(Duration.ofSeconds(1), 32 << 20);
      assertThatThrownBy(() -> jvm.record(Duration.ofSeconds(1), 32 << 20).get())
          .hasCauseInstanceOf(JvmDiagnostics.BusyException.class)
          .hasMessageEndingWith("another recording is being made");
    } finally {
      gate.countDown();
      FlightRecorder.removeListener(held);
    }
    assertThat(jvm.threads().get(60, TimeUnit.SECONDS)).isNotEmpty();
    Path file = Files.write(directory.resolve("a.jfr"), recording.get(60, TimeUnit.SECONDS));
    assertThat(RecordingFile.readAllEvents(file))
        .extracting(event -> event.getEventType().getName())
        .contains("jdk.OSInformation")
        .doesNotContain(
            "jdk.InitialEnvironmentVariable",
            "jdk.InitialSystemProperty",
            "jdk.JVMInformation",
            "jdk.SystemProcess");
    assertThat(jvm.record(Duration.ofMillis(1), 32 << 20).get(60, TimeUnit.SECONDS)).isNotEmpty();
  }

  @Test
  void aRecordingThatCannotBeStartedIsClosedAndTheNextOneIsMade() throws Exception {
    assertThatThrownBy(() -> jvm.record(Duration.ofMillis(1), -1).get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalArgumentException.class);
    assertThat(FlightRecorder.getFlightRecorder().getRecordings())
        .noneMatch(recording -> recording.getName().equals("kvorum"));
    assertThat(jvm.record(Duration.ofMillis(1), 32 << 20).get(60, TimeUnit.SECONDS)).isNotEmpty();
  }

  @Test
  void anAnswerThatMemoryIsTooShortForFails() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    JvmDiagnostics.complete(
        answer,
        () -> {
          throw new OutOfMemoryError("Java heap space");
        });
    assertThatThrownBy(answer::join).hasCauseInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void questionsThatWouldWaitForManyOthersAreRefused() throws Exception {
    CompletableFuture<byte[]> recording = jvm.record(Duration.ofMillis(1), 32 << 20);
    assertThat(
            java.util.stream.Stream.generate(jvm::heap)
                .limit(50)
                .filter(CompletableFuture::isCompletedExceptionally)
                .toList())
        .isNotEmpty()
        .allSatisfy(
            refused ->
                assertThatThrownBy(refused::join)
                    .hasMessageEndingWith("too many questions are waiting"));
    assertThat(recording.get(60, TimeUnit.SECONDS)).isNotEmpty();
  }
}
