package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.RawWebSocket;
import io.kvorum.testing.RawWebSocket.Frame;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** WebSockets in front of an endpoint that answers with what it gets. */
@Timeout(60)
final class WebSocketFrontTest {
  private HttpEndpoint endpoint;
  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    endpoint = new HttpEndpoint();
    harness = new PortHarness(new StreamRegistry(() -> true), List.of(), endpoint.address());
  }

  @AfterEach
  void stop() throws IOException {
    harness.close();
    endpoint.close();
  }

  private RawWebSocket connect(String path, String... headers) throws IOException {
    return RawWebSocket.connect(
        URI.create("http://127.0.0.1:" + harness.address().getPort()), path, headers);
  }

  private static Frame closing(String text) {
    return new Frame(RawWebSocket.CLOSE, text);
  }

  @Test
  void theHandshakeIsAnsweredAsInTheExampleOfTheRfc() throws Exception {
    try (RawWebSocket socket = connect("/v3/watch", "Sec-WebSocket-Protocol: chat")) {
      assertThat(socket.head())
          .containsExactly(
              "HTTP/1.1 101 Switching Protocols",
              "Upgrade: websocket",
              "Connection: Upgrade",
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
  }

  @Test
  void messagesBecomeLinesAndLinesMessages() throws Exception {
    try (RawWebSocket socket = connect("/v3beta/watch")) {
      assertThat(socket.send("a text").message()).isEqualTo("a text");
      socket.send(RawWebSocket.BINARY, true, "bytes");
      assertThat(socket.message()).isEqualTo("bytes");
      socket.send(RawWebSocket.TEXT, false, "in ");
      socket.send(RawWebSocket.PING, true, "?").send(RawWebSocket.PONG, true, "unasked");
      assertThat(socket.next()).isEqualTo(new Frame(RawWebSocket.PONG, "?"));
      socket.send(RawWebSocket.CONTINUATION, false, "three ");
      socket.send(RawWebSocket.CONTINUATION, true, "parts");
      assertThat(socket.message()).isEqualTo("in three parts");
      String large = "x".repeat(2_000_000);
      assertThat(socket.send(large).message()).isEqualTo(large);
      socket.send("two\nlines");
      assertThat(socket.message()).isEqualTo("two");
      assertThat(socket.message()).isEqualTo("lines");
    }
    assertThat(endpoint.heads.remove().get(0)).isEqualTo("POST /v3/watch HTTP/1.1");
  }

  @Test
  void whatComesTogetherWithTheHandshakeIsNotLost() throws Exception {
    byte[] early = RawWebSocket.frame(RawWebSocket.TEXT, true, "early");
    try (RawWebSocket socket = RawWebSocket.open(harness.socket(), "/v3/watch", early)) {
      assertThat(socket.message()).isEqualTo("early");
      assertThat(socket.send("later").message()).isEqualTo("later");
    }
  }

  @Test
  void aClosingClientIsAnsweredWithItsCode() throws Exception {
    try (RawWebSocket socket = connect("/v3/watch")) {
      assertThat(socket.send("one").message()).isEqualTo("one");
      socket.sendClose(1000, "enough");
      assertThat(socket.next()).isEqualTo(closing("1000"));
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
    try (RawWebSocket socket = connect("/v3/watch")) {
      socket.send(RawWebSocket.CLOSE, true, "");
      assertThat(socket.next()).isEqualTo(closing(""));
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
    awaitNoConnections();
  }

  @Test
  void aClientThatVanishesLeavesNoConnectionToTheEndpoint() throws Exception {
    try (RawWebSocket socket = connect("/v3/watch")) {
      assertThat(socket.send("one").message()).isEqualTo("one");
    }
    awaitNoConnections();
  }

  private void awaitNoConnections() {
    Await.until(
        "the endpoint has no connection",
        Duration.ofSeconds(20),
        () -> endpoint.openConnections() == 0);
  }

  @Test
  void framesThatAreWrongCloseTheConnection() throws Exception {
    try (RawWebSocket socket = connect("/v3/watch")) {
      socket.sendRaw(new byte[] {(byte) 0x81, 1, 'x'});
      assertThat(socket.next()).isEqualTo(closing("1002 bad MASK"));
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
    try (RawWebSocket socket = connect("/v3/watch")) {
      socket.send(3, true, "x");
      assertThat(socket.next().text()).startsWith("1002 ");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
    try (RawWebSocket socket = connect("/v3/watch")) {
      // Of 1 TiB, none of which follows.
      socket.sendRaw(new byte[] {(byte) 0x81, (byte) 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4});
      assertThat(socket.next().text()).startsWith("1009 ");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  @Test
  void aClientThatPingsWithoutReadingIsNotKeptPongsFor() throws Exception {
    int pings = 300_000;
    byte[] ping = RawWebSocket.frame(RawWebSocket.PING, true, "x".repeat(125));
    byte[] many = new byte[ping.length * 1_000];
    for (int i = 0; i < 1_000; i++) {
      System.arraycopy(ping, 0, many, i * ping.length, ping.length);
    }
    try (RawWebSocket socket = connect("/v3/watch")) {
      for (int i = 0; i < pings; i += 1_000) {
        socket.sendRaw(many);
      }
      socket.send("still there");
      int pongs = 0;
      Frame next = socket.next();
      while (next.kind() == RawWebSocket.PONG) {
        pongs++;
        next = socket.next();
      }
      assertThat(next).isEqualTo(new Frame(RawWebSocket.TEXT, "still there"));
      assertThat(pongs).isBetween(1, pings / 2);
    }
    awaitNoConnections();
  }

  @Test
  void anErrorIsTheLastMessage() throws Exception {
    try (RawWebSocket socket = connect("/v3/watch")) {
      socket.send("{\"error\":{\"code\":3}}");
      assertThat(socket.message()).isEqualTo("{\"error\":{\"code\":3}}");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
    awaitNoConnections();
  }

  @Test
  void aPathThatIsNoStreamIsAskedForWithGet() throws Exception {
    try (RawWebSocket socket = connect("/v3/bytes/3")) {
      assertThat(socket.message()).isEqualTo("bbb");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
    assertThat(endpoint.heads.remove().get(0)).isEqualTo("GET /v3/bytes/3 HTTP/1.1");
    try (RawWebSocket socket = connect("/v3/no;thing")) {
      assertThat(socket.head().get(0)).isEqualTo("HTTP/1.1 404 Not Found");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Sec-WebSocket-Protocol: Bearer, t.1 | true | Bearer t.1",
        "Sec-WebSocket-Protocol: Bearer,t.1 | true | Bearer t.1",
        "Sec-WebSocket-Protocol: Bearer t.1 | true | ''",
        "Sec-WebSocket-Protocol: chat | false | ''",
        "Cookie: a=b; token=t.2 | false |  Bearer t.2",
        "Sec-WebSocket-Protocol: Bearer, t.1~Cookie: token=t.2 | true | Bearer t.2",
        "Authorization: t.3 | false |",
        "Grpc-Metadata-Token: t.3 | false |",
      })
  void aTokenIsInTheNameOfAProtocolOrInACookie(String headers, boolean isEchoed, String token)
      throws Exception {
    try (RawWebSocket socket = connect("/v3/watch", headers.split("~"))) {
      assertThat(socket.head().contains("Sec-WebSocket-Protocol: Bearer")).isEqualTo(isEchoed);
      assertThat(socket.send("x").message()).isEqualTo("x");
    }
    List<String> head = endpoint.heads.remove();
    assertThat(head)
        .filteredOn(header -> header.startsWith("grpc-") || header.startsWith("authorization"))
        .isEqualTo(
            token == null ? List.of() : List.of(("grpc-metadata-token: " + token).toLowerCase()));
    assertThat(head)
        .contains("host: x", "user-agent: test")
        .noneMatch(header -> header.startsWith("cookie"))
        .noneMatch(header -> header.startsWith("sec-") || header.startsWith("upgrade"));
  }

  @ParameterizedTest
  @CsvSource({
    "400 Bad Request, GET, 12, dGhlIHNhbXBsZSBub25jZQ==",
    "400 Bad Request, GET, '', dGhlIHNhbXBsZSBub25jZQ==",
    "400 Bad Request, GET, 13, abc",
    "400 Bad Request, GET, 13, ''",
    "400 Bad Request, GET, 13, '?'",
    "405 Method Not Allowed, POST, 13, dGhlIHNhbXBsZSBub25jZQ==",
  })
  void aHandshakeThatIsWrongIsRefused(String status, String method, String version, String key)
      throws Exception {
    try (Socket socket = harness.socket()) {
      String request =
          method
              + " /v3/watch HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + ("Sec-WebSocket-Version: " + version + "\r\nSec-WebSocket-Key: " + key)
              + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.status()).isEqualTo("HTTP/1.1 " + status);
      assertThat(answer.headers())
          .contains("Sec-Websocket-Version: 13", "Content-Type: text/plain; charset=utf-8");
      assertThat(answer.body()).isEqualTo(status.substring(4) + "\n");
    }
    assertThat(endpoint.heads).isEmpty();
  }

  @Test
  void headersOfGrpcHaveNoMeaning() throws Exception {
    harness.port.askForLeader(() -> false);
    try (RawWebSocket socket = connect("/v3/watch", "Grpc-Metadata-Hasleader: true")) {
      assertThat(socket.send("one").message()).isEqualTo("one");
    }
  }

  @Test
  void aMemberThatStopsSaysSo() throws Exception {
    try (RawWebSocket socket = connect("/v3/watch")) {
      assertThat(socket.send("one").message()).isEqualTo("one");
      harness.port.stop();
      assertThat(socket.message())
          .isEqualTo("{\"error\":{\"code\":14,\"message\":\"this member is stopping\"}}");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  @Test
  void aRequestBeforeTheHandshakeSharesItsConnection() throws Exception {
    try (Socket socket = harness.socket()) {
      String post = "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
      socket.getOutputStream().write(post.getBytes(StandardCharsets.US_ASCII));
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("hello");
      RawWebSocket upgraded = RawWebSocket.open(socket, "/v3/watch", new byte[0]);
      assertThat(upgraded.send("one").message()).isEqualTo("one");
    }
    assertThat(endpoint.remotePorts).hasSize(1);
    awaitNoConnections();
  }
}
