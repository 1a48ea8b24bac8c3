package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.kvorum.service.Caller;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.RelayedConnections;
import io.kvorum.testing.Await;
import io.kvorum.testing.Ports;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpRelayTest {
  private static final String NO_LEADER =
      "{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}\n";

  private static final long SEED = Long.getLong("kvorum.seed", System.nanoTime());

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
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

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + harness.address().getPort() + path));
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String post(String path, String body) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  /** Waits for what another thread is about to do. */
  private static void await(String what, Callable<Boolean> condition) {
    Await.until(what, Duration.ofSeconds(20), condition);
  }

  @Test
  void grpcAndHttpShareThePort() throws Exception {
    HttpResponse<String> answer =
        http.send(
            request("/v3/echo").POST(HttpRequest.BodyPublishers.ofString("hello")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("hello");
    assertThat(
            HealthGrpc.newBlockingStub(harness.channel())
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    assertThat(endpoint.remotePorts).hasSize(1);
  }

  @Test
  void aLargeBodyComesBackAsItWentOut() throws Exception {
    byte[] body = new byte[3_000_000];
    new Random(SEED).nextBytes(body);
    HttpResponse<byte[]> answer =
        http.send(
            request("/v3/echo").POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(Arrays.equals(answer.body(), body)).as("seed %s", SEED).isTrue();
  }

  @Test
  void manyRequestsOnOneConnectionTakeOneConnectionToTheEndpoint() throws Exception {
    try (Socket socket = harness.socket()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int i = 0; i < 500; i++) {
        send(socket, post("/v3/echo", "request " + i));
        RawAnswer answer = RawAnswer.read(in);
        assertThat(answer.status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(answer.body()).isEqualTo("request " + i);
      }
    }
    assertThat(endpoint.remotePorts).hasSize(1);
  }

  @Test
  void requestsThatComeTogetherAreAnsweredInTheirOrder() throws Exception {
    try (Socket socket = harness.socket()) {
      StringBuilder together = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        together.append(post("/v3/echo", "request " + i));
      }
      send(socket, together.toString());
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int i = 0; i < 500; i++) {
        assertThat(RawAnswer.read(in).body()).isEqualTo("request " + i);
      }
    }
    assertThat(endpoint.remotePorts).hasSize(1);
  }

  @Test
  void aRequestThatComesByteByByteReachesTheEndpointWhole() throws Exception {
    try (Socket socket = harness.socket()) {
      socket.setTcpNoDelay(true);
      for (byte b : post("/v3/echo", "hello").getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(b);
        socket.getOutputStream().flush();
      }
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("hello");
    }
  }

  @Test
  void aBodyInChunksReachesTheEndpointWithItsLength() throws Exception {
    try (Socket socket = harness.socket()) {
      send(
          socket,
          "POST /v3/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
              + "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
              + post("/v3/echo", "next"));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(RawAnswer.read(in).body()).isEqualTo("abc0123456789");
      assertThat(RawAnswer.read(in).body()).isEqualTo("next");
      assertThat(endpoint.heads.element()).contains("content-length: 13");
    }
  }

  @Test
  void theEndpointGetsOneFormOfEachRequest() throws Exception {
    try (Socket socket = harness.socket()) {
      String[] targets = {"/v3beta/kv%2Fput?a=%zz", "http://other:1/v3/kv/%70ut"};
      for (String target : targets) {
        send(
            socket,
            "POST "
                + target
                + " HTTP/1.1\r\nHost: x\r\nX-Large: "
                + "x".repeat(40_000)
                + "\r\nCookie: a\r\nConnection: X-Hop\r\nX-Hop: y\r\nUpgrade: h2c\r\n"
                + "Accept-Encoding: gzip\r\nContent-Type: ,\r\nGrpc-Timeout: 5S\r\n"
                + "Forwarded: for=10.1.2.3\r\nX-Forwarded-For: 10.1.2.3\r\n$WSRA: 10.1.2.3\r\n"
                + RelayedConnections.PROOF
                + ": forged\r\n"
                + "Authorization: me\r\nContent-Length: 0\r\n\r\n");
        assertThat(RawAnswer.read(socket.getInputStream()).status()).isEqualTo("HTTP/1.1 200 OK");
        String proof = endpoint.proof();
        assertThat(proof).matches("[0-9a-f]{32}");
        assertThat(endpoint.heads.remove())
            .containsExactlyInAnyOrder(
                "kvorum-relay: " + proof,
                "POST /v3/kv/put HTTP/1.1",
                "host: x",
                "grpc-metadata-token: me",
                "content-type: application/json",
                "content-length: 0");
      }
    }
  }

  @Test
  void aCallThatRequiresALeaderIsServedOnlyWhileThereIsOne() throws Exception {
    AtomicBoolean hasLeader = new AtomicBoolean(true);
    harness.port.askForLeader(hasLeader::get);
    HttpRequest call =
        request("/v3/echo")
            .header("Grpc-Metadata-Hasleader", "true")
            .POST(HttpRequest.BodyPublishers.ofString("hello"))
            .build();
    HttpResponse.BodyHandler<String> text = HttpResponse.BodyHandlers.ofString();
    assertThat(http.send(call, text).body()).isEqualTo("hello");
    hasLeader.set(false);
    HttpResponse<String> refused = http.send(call, text);
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).isEqualTo("{\"code\":14,\"message\":\"etcdserver: no leader\"}");
  }

  @Test
  void aStreamThatRequiresALeaderIsNotOpenedWithoutOne() throws Exception {
    harness.port.askForLeader(() -> false);
    try (Socket socket = harness.socket()) {
      send(socket, "POST /v3/watch HTTP/1.1\r\nHost: x\r\nGrpc-Metadata-Hasleader: true\r\n\r\n");
      RawAnswer refused = RawAnswer.read(socket.getInputStream());
      assertThat(refused.status()).isEqualTo("HTTP/1.1 503 Service Unavailable");
      assertThat(refused.body()).isEqualTo(NO_LEADER);
    }
  }

  @Test
  void aStreamThatRequiresALeaderEndsWhenTheLeaderHasBeenLost() throws Exception {
    AtomicBoolean hasRecentLeader = new AtomicBoolean(true);
    try (PortHarness electing =
            new PortHarness(
                new StreamRegistry(hasRecentLeader::get), List.of(), endpoint.address());
        Socket requiring = electing.socket();
        Socket other = electing.socket()) {
      InputStream ending = stream(requiring, "Grpc-Metadata-Hasleader: true\r\n");
      InputStream staying = stream(other, "");
      hasRecentLeader.set(false);
      assertThat(RawAnswer.chunk(ending)).isEqualTo(NO_LEADER);
      assertThat(RawAnswer.chunk(ending)).isEmpty();
      assertThat(ending.readAllBytes()).isEmpty();
      send(other, "2\r\nb\n\r\n");
      assertThat(RawAnswer.chunk(staying)).isEqualTo("b\n");
    }
  }

  /** Opens a stream, and reads its first message. */
  private static InputStream stream(Socket socket, String headers) throws IOException {
    send(
        socket,
        "POST /v3/watch HTTP/1.1\r\nHost: x\r\n"
            + headers
            + "Transfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n");
    InputStream in = new BufferedInputStream(socket.getInputStream());
    assertThat(RawAnswer.readHead(in).isChunked()).isTrue();
    assertThat(RawAnswer.chunk(in)).isEqualTo("a\n");
    return in;
  }

  @Test
  void aLongHeadIsCountedWhileItsRequestIsServed() throws Exception {
    try (Socket socket = harness.socket()) {
      send(
          socket, "GET /v3/wait HTTP/1.1\r\nHost: x\r\nCookie: " + "c".repeat(20_000) + "\r\n\r\n");
      int head = "/v3/wait".length() + "Hostx".length() + "Cookie".length() + 20_000;
      await(
          "the head is counted",
          () ->
              harness.port.presenceBytes()
                  == Presence.CONNECTION_BYTES + Presence.ENDPOINT_BYTES + head);
      endpoint.answer();
      RawAnswer.read(socket.getInputStream());
      await(
          "the head is gone",
          () ->
              harness.port.presenceBytes() == Presence.CONNECTION_BYTES + Presence.ENDPOINT_BYTES);
    }
  }

  @Test
  void theEndpointGetsNoHeaderThatIsTooLongToHaveAMeaning() throws Exception {
    try (Socket socket = harness.socket()) {
      send(
          socket,
          "GET /v3/bytes/1 HTTP/1.1\r\nHost: x\r\nGrpc-Metadata-Other: o\r\nUser-Agent: "
              + "u".repeat(2_000)
              + "\r\nAuthorization: "
              + "t".repeat(8_193)
              + "\r\nGrpc-Metadata-Token: "
              + "t".repeat(8_192)
              + "\r\n\r\n");
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("b");
    }
    assertThat(endpoint.heads.remove())
        .contains("host: x", "grpc-metadata-token: " + "t".repeat(8_192))
        .noneMatch(header -> header.startsWith("user-agent") || header.contains("other"))
        .noneMatch(header -> header.startsWith("authorization"));
  }

  @Test
  void theTokenIsThatOfTheFirstHeaderThatMayCarryOne() throws Exception {
    try (Socket socket = harness.socket()) {
      for (String[] sent :
          new String[][] {
            {"Grpc-Metadata-Authorization: c", "c"},
            {"Grpc-Metadata-Authorization: c\r\nAuthorization: b", "b"},
            {"Authorization: b\r\nGrpc-Metadata-Token: a", "a"},
            {"Authorization: " + "t".repeat(8_193), ""}
          }) {
        send(socket, "GET /v3/bytes/1 HTTP/1.1\r\nHost: x\r\n" + sent[0] + "\r\n\r\n");
        assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("b");
        assertThat(endpoint.heads.remove()).contains("grpc-metadata-token: " + sent[1]);
      }
    }
  }

  @Test
  void pathsThatCannotExistDoNotReachTheEndpoint() throws Exception {
    try (Socket socket = harness.socket()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (String path : List.of("/v3/a;b", "/v3/a%00b", "/v3/%C3%A9")) {
        send(socket, post(path, ""));
        RawAnswer answer = RawAnswer.read(in);
        assertThat(answer.status()).as(path).isEqualTo("HTTP/1.1 404 Not Found");
        assertThat(answer.body()).isEqualTo("{\"code\":5,\"message\":\"Not Found\"}");
      }
    }
    assertThat(endpoint.remotePorts).isEmpty();
  }

  @Test
  void chunkedAnswersArePassedOn() throws Exception {
    HttpResponse<String> answer =
        http.send(request("/v3/chunks/2000").build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.body()).isEqualTo("c".repeat(2_000_000));
  }

  @Test
  void aClientOfHttp10GetsAnAnswerWithoutChunksToTheEndOfTheConnection() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "GET /v3/chunks/2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      InputStream in = new BufferedInputStream(socket.getInputStream());
      RawAnswer head = RawAnswer.readHead(in);
      assertThat(head.status()).isEqualTo("HTTP/1.0 200 OK");
      assertThat(head.headers())
          .containsExactly(
              "Access-Control-Allow-Headers: accept, content-type, authorization",
              "Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE",
              "Access-Control-Allow-Origin: *",
              "Grpc-Metadata-Content-Type: application/grpc",
              "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
              "Referrer-Policy: no-referrer",
              "X-Content-Type-Options: nosniff",
              "X-Frame-Options: DENY",
              "Connection: close");
      assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII))
          .isEqualTo("c".repeat(2000));
    }
    try (Socket socket = harness.socket()) {
      for (int i = 0; i < 2; i++) {
        send(socket, "GET /v3/bytes/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        RawAnswer answer = RawAnswer.read(socket.getInputStream());
        assertThat(answer.headers()).contains("Connection: keep-alive");
        assertThat(answer.body()).isEqualTo("bbb");
      }
    }
  }

  @Test
  void headIsAnsweredWithoutABodyAndCloseCloses() throws Exception {
    try (Socket socket = harness.socket()) {
      send(
          socket,
          "HEAD /v3/bytes/3 HTTP/1.1\r\nHost: x\r\n\r\n"
              + "GET /v3/bytes/4 HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n");
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(RawAnswer.readHead(in).headers()).anyMatch(line -> line.endsWith(": 3"));
      RawAnswer last = RawAnswer.read(in);
      assertThat(last.headers()).contains("Connection: close");
      assertThat(last.body()).isEqualTo("bbbb");
      assertThat(in.readAllBytes()).isEmpty();
    }
  }

  @Test
  void theBodyIsAskedForHereAndNotByTheEndpoint() throws Exception {
    try (Socket socket = harness.socket()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      send(
          socket,
          "POST /v3/echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
              + "Content-Length: 5\r\n\r\n");
      assertThat(HttpEndpoint.line(in)).isEqualTo("HTTP/1.1 100 Continue");
      assertThat(HttpEndpoint.line(in)).isEmpty();
      assertThat(endpoint.remotePorts).isEmpty();
      send(socket, "hello");
      assertThat(RawAnswer.read(in).body()).isEqualTo("hello");
    }
  }

  @Test
  void aSlowReaderStallsOnlyItsOwnConnectionAndGetsEverything() throws Exception {
    int chunks = 60_000;
    try (Socket slow = harness.socket()) {
      send(slow, "GET /v3/chunks/" + chunks + " HTTP/1.1\r\nHost: x\r\n\r\n");
      InputStream in = new BufferedInputStream(slow.getInputStream(), 1 << 16);
      assertThat(RawAnswer.readHead(in).status()).isEqualTo("HTTP/1.1 200 OK");
      // It does not read on; others are served all the same, on either event loop.
      for (int i = 0; i < 8; i++) {
        HttpResponse<String> other =
            HttpClient.newHttpClient()
                .send(request("/v3/chunks/10").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(other.body()).hasSize(10_000);
      }
      // 60 MB fit into no buffer in between: the endpoint is still sending.
      assertThat(endpoint.openConnections()).isPositive();
      long bytes = 0;
      for (String chunk = RawAnswer.chunk(in); !chunk.isEmpty(); chunk = RawAnswer.chunk(in)) {
        bytes += chunk.length();
      }
      assertThat(bytes).isEqualTo(chunks * 1000L);
    }
  }

  @Test
  void aStreamGoesBothWaysAtOnceAndEachOfItsLinesIsOneChunk() throws Exception {
    try (Socket socket = harness.socket()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      send(socket, "POST /v3/watch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      assertThat(RawAnswer.readHead(in).isChunked()).isTrue();
      Random random = new Random(SEED);
      for (int i = 0; i < 300; i++) {
        String line = "x".repeat(random.nextInt(1 << random.nextInt(17))) + "\n";
        send(socket, Integer.toHexString(line.length()) + "\r\n" + line + "\r\n");
        assertThat(RawAnswer.chunk(in)).as("seed %s", SEED).isEqualTo(line);
      }
      send(socket, "9\r\na\nbb\n\nccc\r\n0\r\n\r\n");
      assertThat(List.of(RawAnswer.chunk(in), RawAnswer.chunk(in), RawAnswer.chunk(in)))
          .containsExactly("a\n", "bb\n", "\n");
      // Without a line end it is no message; it comes all the same.
      assertThat(RawAnswer.chunk(in)).isEqualTo("ccc");
      assertThat(RawAnswer.chunk(in)).isEmpty();
      send(socket, post("/v3/echo", "next"));
      assertThat(RawAnswer.read(in).body()).isEqualTo("next");
    }
    assertThat(endpoint.remotePorts).hasSize(1);
  }

  @Test
  void aStreamThatAClientDoesNotReadWaitsInTheEndpoint() throws Exception {
    String line = "x".repeat(9_999) + "\n";
    try (Socket slow = harness.socket()) {
      InputStream in = new BufferedInputStream(slow.getInputStream());
      send(slow, "POST /v3/watch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      AtomicInteger sent = new AtomicInteger();
      Thread sender =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 1_500; i++) {
                    send(slow, "2710\r\n" + line + "\r\n");
                    sent.incrementAndGet();
                  }
                  send(slow, "0\r\n\r\n");
                } catch (IOException closed) {
                  // The assertions below fail then.
                }
              });
      sender.start();
      await("some are sent", () -> sent.get() > 10);
      assertThat(RawAnswer.readHead(in).isChunked()).isTrue();
      for (int i = 0; i < 1_500; i++) {
        assertThat(RawAnswer.chunk(in)).isEqualTo(line);
      }
      assertThat(RawAnswer.chunk(in)).isEmpty();
      sender.join();
    }
  }

  @Test
  void aClientThatGoesInTheMiddleOfItsBodyIsNotSeenByTheEndpoint() throws Exception {
    for (String part :
        List.of(
            "Content-Length: 1000000\r\n\r\nhalf",
            "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")) {
      Socket socket = harness.socket();
      send(socket, "POST /v3/echo HTTP/1.1\r\nHost: x\r\n" + part);
      socket.setSoLinger(true, 0);
      socket.close();
    }
    try (Socket socket = harness.socket()) {
      send(socket, post("/v3/echo", "other"));
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("other");
    }
    assertThat(endpoint.remotePorts).hasSize(1);
    assertThat(endpoint.heads).hasSize(1);
  }

  @Test
  void aBodyThatEndsEarlyOrIsMalformedIsAnsweredHere() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
      socket.shutdownOutput();
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.status()).isEqualTo("HTTP/1.1 400 Bad Request");
      assertThat(answer.body()).isEqualTo("{\"code\":3,\"message\":\"unexpected EOF\"}");
    }
    for (String chunks :
        List.of("zz\r\n", "4\r\nhalfX\r\n", "-1\r\n", "4\nhalf\n0\n\n", "fffffffffff\r\n")) {
      try (Socket socket = harness.socket()) {
        send(
            socket,
            "POST /v3/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        RawAnswer answer = RawAnswer.read(socket.getInputStream());
        assertThat(answer.status()).as(chunks).isEqualTo("HTTP/1.1 400 Bad Request");
        assertThat(answer.headers()).contains("Connection: close");
        assertThat(answer.body())
            .isEqualTo("{\"code\":3,\"message\":\"malformed chunked encoding\"}");
      }
    }
    assertThat(endpoint.remotePorts).isEmpty();
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedBeforeItHasArrived() throws Exception {
    int limit = new ClientLimits(PortHarness.MAX_REQUEST_BYTES, 128, 4 << 20).maxJsonBytes();
    String refusal =
        "{\"code\":8,\"message\":\"grpc: received message larger than max (%d vs. %d)\"}";
    try (Socket socket = harness.socket()) {
      send(
          socket,
          "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + (limit + 1) + "\r\n\r\n");
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.status()).isEqualTo("HTTP/1.1 429 Too Many Requests");
      assertThat(answer.body()).isEqualTo(refusal.formatted(limit + 1, limit));
    }
    try (Socket socket = harness.socket()) {
      send(
          socket,
          "POST /v3/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              + Integer.toHexString(limit + 1)
              + "\r\n"
              + "x".repeat(limit + 1));
      assertThat(RawAnswer.read(socket.getInputStream()).body())
          .isEqualTo(refusal.formatted(limit + 1, limit));
    }
    assertThat(endpoint.remotePorts).isEmpty();
  }

  @Test
  void theAnswerOfAClientThatHasGoneIsReadToItsEnd() throws Exception {
    Socket socket = harness.socket();
    send(socket, "GET /v3/wait HTTP/1.1\r\nHost: x\r\n\r\n");
    await("the endpoint has the request", () -> endpoint.heads.size() == 1);
    int relayPort = endpoint.remotePorts.element();
    socket.setSoLinger(true, 0);
    socket.close();
    RelayedConnections.Client client = harness.relayed.clientOf(relayPort, endpoint.proof());
    await("the relay sees the end", () -> !client.isOpenBothWays());
    assertThat(endpoint.openConnections()).isEqualTo(1);
    endpoint.answer();
    await("the endpoint is through", () -> endpoint.openConnections() == 0);
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void aStreamOfAClientThatHasGoneEndsWithAWholeBody() throws Exception {
    Socket socket = harness.socket();
    send(
        socket,
        "POST /v3/watch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n5\r\nx");
    InputStream in = socket.getInputStream();
    assertThat(RawAnswer.readHead(in).isChunked()).isTrue();
    assertThat(RawAnswer.chunk(in)).isEqualTo("a\n");
    socket.setSoLinger(true, 0);
    socket.close();
    // The endpoint sees a last chunk, and ends its answer; a torn body would be an exception there.
    await("the endpoint is through", () -> endpoint.openConnections() == 0);
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void aClientThatHasNoMoreToSendStillGetsItsAnswers() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, post("/v3/echo", "first") + post("/v3/echo", "all of it"));
      socket.shutdownOutput();
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(RawAnswer.read(in).body()).isEqualTo("first");
      assertThat(RawAnswer.read(in).body()).isEqualTo("all of it");
      assertThat(in.readAllBytes()).isEmpty();
    }
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void theEndpointKnowsItsClientsByTheRelayedConnections() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, post("/v3/echo", ""));
      assertThat(HttpEndpoint.line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      int relayPort = endpoint.remotePorts.element();
      String proof = endpoint.proof();
      assertThat(harness.relayed.clientOf(relayPort, proof).caller(null))
          .isEqualTo(Caller.of(socket.getLocalSocketAddress(), false, null, Caller.Face.JSON));
      assertThat(harness.relayed.clientOf(relayPort, null)).isNull();
      assertThat(harness.relayed.clientOf(socket.getLocalPort(), proof)).isNull();
    }
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void theEndpointLearnsThatAClientHasClosedItsSide() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "GET /v3/wait HTTP/1.1\r\nHost: x\r\n\r\n");
      await("the endpoint has the request", () -> endpoint.heads.size() == 1);
      RelayedConnections.Client client =
          harness.relayed.clientOf(endpoint.remotePorts.element(), endpoint.proof());
      assertThat(client.isOpenBothWays()).isTrue();
      socket.shutdownOutput();
      await("the relay sees the end", () -> !client.isOpenBothWays());
      endpoint.answer();
      assertThat(RawAnswer.read(socket.getInputStream()).status()).isEqualTo("HTTP/1.1 200 OK");
    }
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void aConnectionThatTheEndpointClosesIsReplacedForTheNextRequest() throws Exception {
    try (Socket socket = harness.socket()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int i = 0; i < 3; i++) {
        send(socket, post("/v3/last", "a"));
        RawAnswer answer = RawAnswer.read(in);
        assertThat(answer.body()).isEqualTo("a");
        assertThat(answer.headers()).noneMatch(line -> line.startsWith("Connection"));
      }
    }
    assertThat(endpoint.remotePorts).hasSize(3);
  }

  @Test
  void anAnswerThatBreaksOffBreaksOffForTheClient() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "GET /v3/torn HTTP/1.1\r\nHost: x\r\n\r\n");
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(RawAnswer.readHead(in).status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(in.readAllBytes().length).isLessThan(100);
    }
  }

  @Test
  void aPageOfTheContainerBecomesJson() throws Exception {
    HttpResponse<String> answer =
        http.send(request("/v3/page/500").build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("{\"code\":13,\"message\":\"Some Error\"}");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
  }

  @Test
  void anEndpointThatIsNotThereIsABadGateway() throws Exception {
    InetSocketAddress unused = new InetSocketAddress("127.0.0.1", Ports.free());
    try (PortHarness lonely = new PortHarness(new StreamRegistry(() -> true), List.of(), unused);
        Socket socket = lonely.socket()) {
      send(socket, "GET /v3/x HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 502 Bad Gateway\r\n");
    }
  }

  @Test
  void anEndpointThatHangsUpWithoutAnAnswerIsABadGateway() throws Exception {
    HttpResponse<String> answer =
        http.send(request("/v3/hang-up").build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(502);
  }

  @Test
  void withoutAnEndpointHttpClientsGetNotFound() throws Exception {
    try (PortHarness lonely = new PortHarness(new StreamRegistry(() -> true), List.of(), null)) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + lonely.address().getPort() + "/v3/kv/put"))
                  .POST(HttpRequest.BodyPublishers.ofString("{}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body())
          .isEqualTo(
              "{\"code\":5,\"message\":\"this port does not serve JSON: it is served elsewhere\"}");
    }
  }

  @Test
  void requestsThatAreUnderWayWhenTheMemberStopsAreRefusedAndStreamsEndWithTheReason()
      throws Exception {
    String unavailable = "{\"code\":14,\"message\":\"this member is stopping\"}";
    try (Socket waiting = harness.socket();
        Socket half = harness.socket();
        Socket stream = harness.socket()) {
      send(waiting, "GET /v3/wait HTTP/1.1\r\nHost: x\r\n\r\n");
      send(half, "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
      send(
          stream,
          "POST /v3/watch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "4\r\na\nbb\r\n");
      InputStream in = new BufferedInputStream(stream.getInputStream());
      assertThat(RawAnswer.readHead(in).isChunked()).isTrue();
      assertThat(RawAnswer.chunk(in)).isEqualTo("a\n");
      await("the endpoint has the request", () -> endpoint.heads.size() == 2);
      harness.port.stop();
      for (Socket socket : List.of(waiting, half)) {
        RawAnswer answer = RawAnswer.read(socket.getInputStream());
        assertThat(answer.status()).isEqualTo("HTTP/1.1 503 Service Unavailable");
        assertThat(answer.body()).isEqualTo(unavailable);
        assertThat(socket.getInputStream().readAllBytes()).isEmpty();
      }
      assertThat(RawAnswer.chunk(in)).isEqualTo("{\"error\":" + unavailable + "}\n");
      assertThat(RawAnswer.chunk(in)).isEmpty();
      assertThat(in.readAllBytes()).isEmpty();
    }
  }

  @Test
  void closingClosesRelayedConnections() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, post("/v3/echo", ""));
      assertThat(HttpEndpoint.line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      harness.close();
      socket.getInputStream().readAllBytes();
    }
    await("the endpoint sees the end", () -> endpoint.openConnections() == 0);
  }
}
