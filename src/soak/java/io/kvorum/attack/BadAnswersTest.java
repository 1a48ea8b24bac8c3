package io.kvorum.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BadAnswersTest {
  private static final byte[] INPUT = {1, 2, 3};

  @Test
  void aPortOnWhichNobodyListensIsAFailure() throws IOException {
    URI dead;
    try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      dead = uri(port);
    }
    assertThatThrownBy(() -> BadAnswers.check(dead, BadInput.TOKENS, INPUT))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void aConnectionThatIsResetHasEnded() throws IOException {
    try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> server = CompletableFuture.runAsync(() -> reset(port));
      assertThat(BadAnswers.check(uri(port), BadInput.TOKENS, INPUT)).isEqualTo("closed");
      server.join();
    }
  }

  @Test
  void aBugIsAFailureAndAnErrorOfALockIsNot() throws IOException {
    assertThat(answered("{\"code\":2,\"message\":\"mutex: session is expired\"}")).isEqualTo("500");
    assertThatThrownBy(() -> answered("{\"code\":2,\"message\":\"etcdserver: internal error\"}"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("a bug");
    assertThatThrownBy(() -> answered("{\"code\":13,\"message\":\"x\"}"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("an internal error");
  }

  private static String answered(String body) throws IOException {
    try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> server =
          CompletableFuture.runAsync(
              () -> answer(port, "HTTP/1.1 500 Internal Server Error\r\n\r\n" + body));
      String outcome = BadAnswers.check(uri(port), BadInput.TOKENS, INPUT);
      server.join();
      return outcome;
    }
  }

  private static void answer(ServerSocket port, String text) {
    try (Socket socket = port.accept()) {
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(INPUT);
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void reset(ServerSocket port) {
    try (Socket socket = port.accept()) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static URI uri(ServerSocket port) {
    return URI.create(
        "http://" + port.getInetAddress().getHostAddress() + ":" + port.getLocalPort());
  }
}
