package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.RawWebSocket;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What slow clients of HTTP/1.1 may take, with limits that a test can wait for. */
@Timeout(60)
class HttpLimitsTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(200);

  private final List<Socket> sockets = new ArrayList<>();
  private HttpEndpoint endpoint;
  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    endpoint = new HttpEndpoint();
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    harness.close();
    endpoint.close();
  }

  private void listen(HttpLimits limits) throws IOException {
    harness = new PortHarness(PortHarness.settings(0).withHttpLimits(limits), PortHarness.NO_PAGES);
    harness.port.relayTo(endpoint.address());
    harness.port.serve();
  }

  private Socket send(String text) throws IOException {
    Socket socket = harness.socket();
    sockets.add(socket);
    write(socket, text);
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String post(int length, String body) {
    return "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n" + body;
  }

  private static RawAnswer answer(Socket socket) throws IOException {
    return RawAnswer.read(new BufferedInputStream(socket.getInputStream()));
  }

  @Test
  void aHeadThatDoesNotComeInTimeIsAnsweredWith408() throws Exception {
    listen(new HttpLimits(SHORT, LONG, LONG, 1000, 100_000));
    for (String half : List.of("GET", "GET /v3/x HTTP/1.1\r\nHo", post(1, "a") + "\r\n\r\nP")) {
      Socket socket = send(half);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      if (half.startsWith("POST")) {
        assertThat(RawAnswer.read(in).body()).isEqualTo("a");
      }
      RawAnswer answer = RawAnswer.read(in);
      assertThat(answer.status()).isEqualTo("HTTP/1.1 408 Request Timeout");
      assertThat(answer.headers()).contains("Connection: close");
      assertThat(in.readAllBytes()).isEmpty();
    }
  }

  @Test
  void aBodyThatDoesNotComeInTimeIsAnsweredWith408() throws Exception {
    listen(new HttpLimits(LONG, SHORT, LONG, 1000, 100_000));
    Socket socket = send(post(5, "a"));
    RawAnswer answer = answer(socket);
    assertThat(answer.status()).isEqualTo("HTTP/1.1 408 Request Timeout");
    assertThat(answer.headers()).contains("Content-Type: application/json", "Connection: close");
    assertThat(answer.body())
        .isEqualTo("{\"code\":4,\"message\":\"the body of the request has not arrived in time\"}");
    assertThat(endpoint.remotePorts).isEmpty();
  }

  @Test
  void aConnectionMayBeSilentBeforeItsFirstRequestAndBetweenTwo() throws Exception {
    listen(new HttpLimits(SHORT, SHORT, SHORT, 1000, 100_000));
    Socket socket = send("");
    Socket late = send(post(1, "a"));
    InputStream in = new BufferedInputStream(late.getInputStream());
    assertThat(RawAnswer.read(in).body()).isEqualTo("a");
    // When this one has been sent away, the limits have passed for the others, too.
    assertThat(answer(send("GET / HT")).status()).contains("408");
    write(socket, post(1, "b"));
    assertThat(answer(socket).body()).isEqualTo("b");
    write(late, post(1, "c"));
    assertThat(RawAnswer.read(in).body()).isEqualTo("c");
  }

  @Test
  void aStreamHasAllTheTimeInTheWorld() throws Exception {
    listen(new HttpLimits(SHORT, SHORT, SHORT, 1000, 100_000));
    Socket stream =
        send("POST /v3/watch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n");
    assertThat(answer(send(post(5, "a"))).status()).contains("408");
    write(stream, "a\n\r\n");
    InputStream in = new BufferedInputStream(stream.getInputStream());
    assertThat(RawAnswer.readHead(in).isChunked()).isTrue();
    assertThat(RawAnswer.chunk(in)).isEqualTo("a\n");
  }

  @Test
  void aClientThatDoesNotReadALargeAnswerIsCutOff() throws Exception {
    listen(new HttpLimits(LONG, LONG, SHORT, 1000, 100_000_000));
    Socket socket = send("GET /v3/bytes/60000000 HTTP/1.1\r\nHost: x\r\n\r\n");
    Await.until("the endpoint sends", Duration.ofSeconds(20), () -> !endpoint.heads.isEmpty());
    Await.until(
        "the endpoint is rid of it", Duration.ofSeconds(20), () -> endpoint.openConnections() == 0);
    InputStream in = new BufferedInputStream(socket.getInputStream());
    RawAnswer.readHead(in);
    assertThat(bytesToTheEnd(in)).isLessThan(60_000_000L);
  }

  private static long bytesToTheEnd(InputStream in) {
    long bytes = 0;
    try {
      for (int b = in.read(); b != -1; b = in.read()) {
        bytes++;
      }
    } catch (IOException reset) {
      return bytes;
    }
    return bytes;
  }

  @Test
  void whenAllTogetherHoldTooMuchTheSlowestBodyGoes() throws Exception {
    listen(new HttpLimits(LONG, LONG, LONG, 100_000, 250_000));
    List<Socket> slow = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      slow.add(send(post(100_000, "x".repeat(99_999))));
      // Those that come whole are served whatever the others hold.
      assertThat(answer(send(post(50_000, "y".repeat(50_000)))).body()).hasSize(50_000);
    }
    RawAnswer first = answer(slow.get(0));
    assertThat(first.status()).isEqualTo("HTTP/1.1 503 Service Unavailable");
    assertThat(first.body()).contains("has taken longest");
    write(slow.get(9), "x");
    assertThat(answer(slow.get(9)).body()).hasSize(100_000);
  }

  @Test
  void whenAllTogetherHoldTooMuchTheSlowestWebSocketGoesAndOthersAreServed() throws Exception {
    listen(new HttpLimits(LONG, LONG, LONG, 2_000_000, 5_000_000));
    byte[] head = {(byte) 0x82, (byte) 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0}; // of 1 MiB
    byte[] begun = Arrays.copyOf(head, 1 << 20);
    List<RawWebSocket> slow = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Socket socket = harness.socket();
      sockets.add(socket);
      slow.add(RawWebSocket.open(socket, "/v3/watch", begun));
      assertThat(answer(send(post(50_000, "y".repeat(50_000)))).body()).hasSize(50_000);
    }
    assertThat(slow.get(0).next()).isEqualTo(RawWebSocket.END);
    assertThat(slow.get(1).next()).isEqualTo(RawWebSocket.END);
  }
}
