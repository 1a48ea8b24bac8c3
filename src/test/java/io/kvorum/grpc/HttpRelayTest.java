package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.kvorum.testing.Await;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpRelayTest {
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

  /** Waits for what another thread is about to do. */
  private static void await(String what, Callable<Boolean> condition) {
    Await.until(what, Duration.ofSeconds(20), condition);
  }

  @Test
  void grpcAndHttpShareThePort() throws Exception {
    HttpResponse<String> answer =
        http.send(
            request("/echo").POST(HttpRequest.BodyPublishers.ofString("hello")).build(),
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
    byte[] body = new byte[20 << 20];
    new Random(SEED).nextBytes(body);
    HttpResponse<byte[]> answer =
        http.send(
            request("/echo").POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(Arrays.equals(answer.body(), body)).as("seed %s", SEED).isTrue();
  }

  @Test
  void manyRequestsOnOneConnectionTakeOneConnectionToTheEndpoint() throws Exception {
    try (Socket socket = harness.socket()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int i = 0; i < 500; i++) {
        String body = "request " + i;
        send(
            socket,
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body);
        assertThat(HttpEndpoint.line(in)).isEqualTo("HTTP/1.1 200 OK");
        HttpEndpoint.line(in);
        HttpEndpoint.line(in);
        assertThat(new String(in.readNBytes(body.length()), StandardCharsets.US_ASCII))
            .isEqualTo(body);
      }
    }
    assertThat(endpoint.remotePorts).hasSize(1);
  }

  @Test
  void aRequestThatComesByteByByteIsRelayedWhole() throws Exception {
    try (Socket socket = harness.socket()) {
      socket.setTcpNoDelay(true);
      for (byte b :
          "PRI is not HTTP/2 yet\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(b);
        socket.getOutputStream().flush();
      }
      assertThat(HttpEndpoint.line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
    }
  }

  @Test
  void chunkedAnswersArePassedOn() throws Exception {
    HttpResponse<String> answer =
        http.send(request("/chunks/2000").build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.body()).isEqualTo("c".repeat(2_000_000));
  }

  @Test
  void aSlowReaderStallsOnlyItsOwnConnectionAndGetsEverything() throws Exception {
    int chunks = 60_000;
    try (Socket slow = harness.socket()) {
      send(slow, "GET /chunks/" + chunks + " HTTP/1.1\r\nHost: x\r\n\r\n");
      InputStream in = new BufferedInputStream(slow.getInputStream(), 1 << 16);
      assertThat(HttpEndpoint.line(in)).isEqualTo("HTTP/1.1 200 OK");
      // It does not read on; others are served all the same, on either event loop.
      for (int i = 0; i < 8; i++) {
        HttpResponse<String> other =
            HttpClient.newHttpClient()
                .send(request("/chunks/10").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(other.body()).hasSize(10_000);
      }
      // 60 MB fit into no buffer in between: the endpoint is still sending.
      assertThat(endpoint.openConnections()).isPositive();
      HttpEndpoint.line(in);
      HttpEndpoint.line(in);
      long bytes = 0;
      for (String size = HttpEndpoint.line(in); !size.equals("0"); size = HttpEndpoint.line(in)) {
        assertThat(size).isEqualTo("3e8");
        bytes += in.readNBytes(1000).length;
        HttpEndpoint.line(in);
      }
      assertThat(bytes).isEqualTo(chunks * 1000L);
    }
  }

  @Test
  void theEndpointSeesAnAbortedClientGo() throws Exception {
    Socket socket = harness.socket();
    send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf");
    await("the endpoint accepts", () -> endpoint.openConnections() == 1);
    socket.setSoLinger(true, 0);
    socket.close();
    await("the endpoint sees the end", () -> endpoint.openConnections() == 0);
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void aClientThatHasNoMoreToSendStillGetsItsAnswer() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "GET /to-the-end HTTP/1.1\r\nHost: x\r\n\r\nall of it");
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 200 OK").endsWith("\r\n\r\nall of it");
    }
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void theEndpointKnowsItsClientsByTheRelayedConnections() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
      assertThat(HttpEndpoint.line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      int relayPort = endpoint.remotePorts.element();
      assertThat(harness.relayed.clientOf(relayPort).address())
          .isEqualTo(socket.getLocalSocketAddress());
      assertThat(harness.relayed.clientOf(socket.getLocalPort())).isNull();
    }
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void theEndpointLearnsThatAClientHasClosedItsSide() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nhal");
      await("the endpoint accepts", () -> endpoint.remotePorts.size() == 1);
      int relayPort = endpoint.remotePorts.element();
      // The endpoint may accept before the relay has noted that it is connected.
      await("the relay is connected", () -> harness.relayed.isOpenBothWays(relayPort));
      socket.shutdownOutput();
      await("the relay sees the end", () -> !harness.relayed.isOpenBothWays(relayPort));
    }
    await("the relay forgets the client", () -> harness.relayed.size() == 0);
  }

  @Test
  void anEndpointThatIsNotThereIsABadGateway() throws Exception {
    InetSocketAddress unused;
    try (ServerSocket free = new ServerSocket(0)) {
      unused = new InetSocketAddress("127.0.0.1", free.getLocalPort());
    }
    try (PortHarness lonely = new PortHarness(new StreamRegistry(() -> true), List.of(), unused);
        Socket socket = lonely.socket()) {
      send(socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 502 Bad Gateway\r\n");
    }
  }

  @Test
  void anEndpointThatHangsUpWithoutAnAnswerIsABadGateway() throws Exception {
    HttpResponse<String> answer =
        http.send(request("/hang-up").build(), HttpResponse.BodyHandlers.ofString());
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
  void stoppingClosesRelayedConnections() throws Exception {
    try (Socket socket = harness.socket()) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      assertThat(HttpEndpoint.line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      harness.close();
      socket.getInputStream().readAllBytes();
    }
    await("the endpoint sees the end", () -> endpoint.openConnections() == 0);
  }
}
