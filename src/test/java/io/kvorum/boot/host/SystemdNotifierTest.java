package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.NotifySocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemdNotifierTest {
  @TempDir Path directory;

  private final List<String> warnings = new ArrayList<>();
  private final Logger logger = Logger.getLogger(SystemdNotifier.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          warnings.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listenToTheLog() {
    logger.addHandler(handler);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
  }

  private static SystemdNotifier notifier(String socket) {
    return SystemdNotifier.fromEnvironment(Map.of("NOTIFY_SOCKET", socket));
  }

  @Test
  void readyAndStoppingAreOneDatagramEach() throws Exception {
    String path = directory.resolve("notify.sock").toString();
    try (NotifySocket manager = new NotifySocket(path)) {
      SystemdNotifier notifier = notifier(path);
      notifier.ready("serving on [http://127.0.0.1:2379]");
      assertThat(manager.next()).isEqualTo("READY=1\nSTATUS=serving on [http://127.0.0.1:2379]");
      notifier.stopping();
      assertThat(manager.next()).isEqualTo("STOPPING=1");
      assertThat(manager.pending()).isEmpty();
      assertThat(warnings).isEmpty();
    }
  }

  @Test
  void anAbstractNameBeginsWithAnAt() throws Exception {
    String name = "@kvorum/" + ProcessHandle.current().pid() + "/" + System.nanoTime();
    try (NotifySocket manager = new NotifySocket(name)) {
      notifier(name).ready("serving");
      assertThat(manager.next()).isEqualTo("READY=1\nSTATUS=serving");
      assertThat(warnings).isEmpty();
    }
  }

  @Test
  void aStatusCannotAddAnAssignment() throws Exception {
    String path = directory.resolve("notify.sock").toString();
    try (NotifySocket manager = new NotifySocket(path)) {
      notifier(path).ready("one\nMAINPID=1");
      assertThat(manager.next()).isEqualTo("READY=1\nSTATUS=one MAINPID=1");
    }
  }

  @Test
  void withoutAServiceManagerNothingHappens() {
    SystemdNotifier.fromEnvironment(Map.of()).ready("serving");
    notifier("").stopping();
    assertThat(warnings).isEmpty();
  }

  @Test
  void aManagerThatCannotBeReachedIsOneWarning() {
    String absent = directory.resolve("absent").toString();
    notifier(absent).ready("serving");
    assertThat(warnings)
        .containsExactly(
            "cannot notify the service manager at NOTIFY_SOCKET=" + absent + ": no such socket");
    warnings.clear();
    notifier("vsock:2:1234").stopping();
    assertThat(warnings)
        .containsExactly(
            "cannot notify the service manager at NOTIFY_SOCKET=vsock:2:1234: neither a path nor an"
                + " abstract name");
  }

  @Test
  void itsThreadEndsWithIt() {
    String path = directory.resolve("notify.sock").toString();
    try (NotifySocket manager = new NotifySocket(path)) {
      notifier(path).stopping();
      Await.until(
          "no thread is left",
          Duration.ofSeconds(10),
          () ->
              Thread.getAllStackTraces().keySet().stream()
                  .noneMatch(thread -> thread.getName().startsWith("kvorum-notify")));
      assertThat(manager.pending()).containsExactly("STOPPING=1");
    }
  }
}
