package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class EventLoopMoveTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int CLIENTS = 400;

  private static long openFiles() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }

  /** More than one read takes, all of it sent before the client ends its side. */
  private static void sendAndEnd(PortHarness harness, int bytes) throws IOException {
    byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = harness.socket()) {
      try {
        socket.getOutputStream().write(Arrays.copyOf(preface, bytes));
        socket.shutdownOutput();
        InputStream in = socket.getInputStream();
        while (in.read(new byte[4096]) >= 0) {}
      } catch (SocketException reset) {
        // That is an end as well.
      }
    }
  }

  @Test
  void aClientThatEndsWhileItIsMovedLeavesNothing() throws IOException {
    try (PortHarness harness = new PortHarness(new StreamRegistry(() -> true), List.of(), null)) {
      for (int i = 0; i < 20; i++) {
        sendAndEnd(harness, 24);
      }
      Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
      long files = openFiles();
      for (int i = 0; i < CLIENTS; i++) {
        sendAndEnd(harness, 24 + i * 40);
      }
      Await.until(
          "nothing is counted: " + harness.port.presenceBytes(),
          SOON,
          () -> harness.port.presenceBytes() == 0);
      Await.until("files are closed", SOON, () -> openFiles() <= files);
      assertThat(openFiles()).isLessThanOrEqualTo(files);
    }
  }
}
