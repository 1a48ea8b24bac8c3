package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pages for operators on the client port, before there is anything behind it. */
@Timeout(60)
class HttpFrontTest {
  private final ConcurrentLinkedQueue<OperatorPages.Request> requests =
      new ConcurrentLinkedQueue<>();

  private final AtomicReference<CompletableFuture<PlainAnswer>> slow = new AtomicReference<>();

  private PortHarness harness;

  /** Every page has its own path as text, but for one that takes its time, and a large one. */
  private final OperatorPages pages =
      new OperatorPages() {
        @Override
        public boolean has(String path) {
          return path.startsWith("/page") || path.equals("/slow") || path.equals("/bug");
        }

        @Override
        public CompletableFuture<PlainAnswer> answer(Request request) {
          requests.add(request);
          if (request.path().equals("/slow")) {
            slow.set(new CompletableFuture<>());
            return slow.get();
          }
          if (request.path().equals("/bug")) {
            throw new IllegalStateException("a bug of the test");
          }
          if (!request.method().equals("GET")) {
            return CompletableFuture.completedFuture(PlainAnswer.methodNotAllowed());
          }
          return CompletableFuture.completedFuture(
              PlainAnswer.text(
                  request.path().equals("/page/large") ? "x".repeat(50_000) : request.path()));
        }
      };

  @BeforeEach
  void start() throws IOException {
    ClientPort.Settings settings = PortHarness.settings(0);
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    harness = new PortHarness(settings.withHttp(List.of(), List.of(any)), pages);
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  /** An answer as it came over the wire. */
  private record Answer(String status, List<String> headers, String body) {}

  private static Answer read(InputStream in) throws IOException {
    String status = HttpEndpoint.line(in);
    List<String> headers = new ArrayList<>();
    int length = 0;
    for (String line = HttpEndpoint.line(in); !line.isEmpty(); line = HttpEndpoint.line(in)) {
      if (!line.startsWith("Date: ")) {
        headers.add(line);
      }
      if (line.startsWith("Content-Length: ")) {
        length = Integer.parseInt(line.substring(16));
      }
    }
    return new Answer(
        status, headers, new String(in.readNBytes(length), StandardCharsets.US_ASCII));
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }

  private Socket metricsSocket() throws IOException {
    InetSocketAddress address = harness.port.httpAddresses().get(0);
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  @Test
  void aPageIsAnsweredWithItsHeaders() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, get("/page/a%62?x=1&x=2&y"));
      Answer answer = read(socket.getInputStream());
      assertThat(answer.status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(answer.body()).isEqualTo("/page/ab");
      assertThat(answer.headers())
          .containsExactly(
              "Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE",
              "Access-Control-Allow-Origin: *",
              "Access-Control-Allow-Headers: accept, content-type, authorization",
              "Content-Type: text/plain; charset=utf-8",
              "X-Content-Type-Options: nosniff",
              "Content-Length: 8");
      OperatorPages.Request request = requests.remove();
      assertThat(request.method()).isEqualTo("GET");
      assertThat(request.parameters().get("x")).containsExactly("1", "2");
      assertThat(request.parameters().get("y")).containsExactly("");
    }
  }

  @Test
  void requestsThatComeTogetherAreAnsweredInTheirOrder() throws Exception {
    try (Socket socket = harness.socket()) {
      StringBuilder together = new StringBuilder(get("/slow"));
      for (int i = 0; i < 300; i++) {
        together.append(get("/page/" + i));
      }
      send(socket, together.toString());
      Await.until("the first is asked", Duration.ofSeconds(20), () -> slow.get() != null);
      assertThat(requests).hasSize(1);
      slow.get().complete(PlainAnswer.text("at last"));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(read(in).body()).isEqualTo("at last");
      for (int i = 0; i < 300; i++) {
        assertThat(read(in).body()).isEqualTo("/page/" + i);
      }
    }
  }

  @Test
  void aClientThatDoesNotReadItsAnswersStopsBeingAsked() throws Exception {
    int count = 2000;
    try (Socket socket = harness.socket()) {
      Future<?> sender =
          Executors.newSingleThreadExecutor()
              .submit(
                  () -> {
                    send(socket, get("/page/large").repeat(count));
                    return null;
                  });
      Await.until("some are answered", Duration.ofSeconds(20), () -> requests.size() > 5);
      // 100 MB fit into no buffer in between.
      assertThat(requests.size()).isLessThan(count);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int i = 0; i < count; i++) {
        assertThat(read(in).body()).hasSize(50_000);
      }
      sender.get();
    }
  }

  @Test
  void aClientThatHasNoMoreToSendStillGetsItsAnswers() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, get("/slow") + get("/page/1"));
      socket.shutdownOutput();
      Await.until("the first is asked", Duration.ofSeconds(20), () -> slow.get() != null);
      slow.get().complete(PlainAnswer.text("at last"));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(all).contains("\r\n\r\nat last").endsWith("\r\n\r\n/page/1");
    }
  }

  @Test
  void optionsAreAnsweredWithoutAPage() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "OPTIONS /page HTTP/1.1\r\nHost: x\r\n\r\n");
      Answer answer = read(socket.getInputStream());
      assertThat(answer.status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(answer.headers())
          .contains("Access-Control-Allow-Origin: *", "Content-Length: 0")
          .noneMatch(header -> header.startsWith("Content-Type"));
      assertThat(requests).isEmpty();
    }
  }

  @Test
  void anotherMethodIsRefusedAndHeadGetsNoBody() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, "HEAD /page HTTP/1.1\r\nHost: x\r\n\r\n" + get("/page/2"));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(HttpEndpoint.line(in)).isEqualTo("HTTP/1.1 405 Method Not Allowed");
      List<String> headers = new ArrayList<>();
      for (String line = HttpEndpoint.line(in); !line.isEmpty(); line = HttpEndpoint.line(in)) {
        headers.add(line);
      }
      assertThat(headers).contains("Allow: GET", "Content-Length: 19");
      assertThat(read(in).body()).isEqualTo("/page/2");
    }
  }

  @Test
  void aRequestWithABodyIsAnsweredAndTheLastOne() throws Exception {
    for (String request :
        List.of(
            "GET /page HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
            "GET /page HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "GET /page HTTP/1.0\r\n\r\n")) {
      try (Socket socket = harness.socket()) {
        send(socket, request + get("/page/2"));
        InputStream in = socket.getInputStream();
        Answer answer = read(in);
        assertThat(answer.status()).endsWith(" 200 OK");
        assertThat(answer.headers()).contains("Connection: close");
        assertThat(answer.body()).isEqualTo("/page");
        assertThat(in.readAllBytes()).isEmpty();
      }
    }
  }

  @Test
  void anOldClientCanKeepItsConnection() throws Exception {
    try (Socket socket = harness.socket()) {
      for (int i = 0; i < 2; i++) {
        send(socket, "GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Answer answer = read(socket.getInputStream());
        assertThat(answer.status()).isEqualTo("HTTP/1.0 200 OK");
        assertThat(answer.headers()).contains("Connection: keep-alive");
      }
    }
  }

  @Test
  void aBugInAPageIsAnInternalError() throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, get("/bug") + get("/page"));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(read(in).status()).isEqualTo("HTTP/1.1 500 Internal Server Error");
      assertThat(read(in).body()).isEqualTo("/page");
    }
  }

  @Test
  void aRequestThatIsForNoPageTakesTheConnectionToTheEndpoint() throws Exception {
    try (HttpEndpoint endpoint = new HttpEndpoint();
        Socket socket = harness.socket()) {
      harness.port.relayTo(endpoint.address());
      harness.port.serve();
      String echo = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
      send(socket, get("/page/1") + echo + echo + get("/page/2"));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(read(in).body()).isEqualTo("/page/1");
      assertThat(read(in).body()).isEqualTo("hello");
      assertThat(read(in).body()).isEqualTo("hello");
      // The endpoint's page, which it does not have.
      assertThat(read(in).body()).isEmpty();
      assertThat(requests).hasSize(1);
      assertThat(endpoint.remotePorts).hasSize(1);
    }
  }

  @Test
  void whatIsNoHeadOrTooLongForOneGoesToTheEndpoint() throws Exception {
    try (HttpEndpoint endpoint = new HttpEndpoint()) {
      harness.port.relayTo(endpoint.address());
      harness.port.serve();
      for (String request :
          List.of(
              "GET /page/" + "x".repeat(HttpHead.MAX_BYTES) + " HTTP/1.1\r\n\r\n",
              "GET /page HTTP/1.1\r\nX: " + "x".repeat(2 * HttpHead.MAX_BYTES) + "\r\n\r\n",
              "GET /%zz HTTP/1.1\r\n\r\n",
              "GET /page HTTP/nonsense\r\n\r\n")) {
        try (Socket socket = harness.socket()) {
          send(socket, request);
          assertThat(read(socket.getInputStream()).status()).isEqualTo("HTTP/1.1 200 OK");
        }
      }
      assertThat(endpoint.remotePorts).hasSize(4);
      assertThat(requests).isEmpty();
    }
  }

  @Test
  void aHeadThatComesByteByByteIsRead() throws Exception {
    try (Socket socket = harness.socket()) {
      socket.setTcpNoDelay(true);
      for (byte b : get("/page").getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(b);
      }
      assertThat(read(socket.getInputStream()).body()).isEqualTo("/page");
    }
  }

  @Test
  void halfHeadsOccupyNoThread() throws Exception {
    List<Socket> halves = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = harness.socket();
        halves.add(socket);
        send(socket, "GET /page HTTP/1.1\r\nHo");
      }
      try (Socket socket = harness.socket()) {
        send(socket, get("/page"));
        assertThat(read(socket.getInputStream()).body()).isEqualTo("/page");
      }
      long threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("kvorum-net"))
              .count();
      assertThat(threads).isLessThanOrEqualTo(2);
      send(halves.get(100), "st: x\r\n\r\n");
      assertThat(read(halves.get(100).getInputStream()).body()).isEqualTo("/page");
    } finally {
      for (Socket socket : halves) {
        socket.close();
      }
    }
  }

  @Test
  void theUrlsForMetricsHaveEtcdsPagesAloneAndNoCors() throws Exception {
    harness.close();
    harness =
        new PortHarness(
            PortHarness.settings(0)
                .withHttp(List.of(), List.of(new InetSocketAddress("127.0.0.1", 0))),
            new OperatorPages() {
              @Override
              public boolean has(String path) {
                return List.of("/metrics", "/version", "/readyz/a", "/debug/vars").contains(path);
              }

              @Override
              public CompletableFuture<PlainAnswer> answer(Request request) {
                return CompletableFuture.completedFuture(PlainAnswer.text(request.path()));
              }
            });
    try (Socket socket = metricsSocket()) {
      send(
          socket,
          get("/metrics")
              + get("/readyz/a")
              + get("/version")
              + get("/debug/vars")
              + get("/readyz/b")
              + get("/v3/kv/range"));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      Answer metrics = read(in);
      assertThat(metrics.body()).isEqualTo("/metrics");
      assertThat(metrics.headers()).noneMatch(header -> header.startsWith("Access-Control"));
      assertThat(read(in).body()).isEqualTo("/readyz/a");
      for (int i = 0; i < 4; i++) {
        Answer other = read(in);
        assertThat(other.status()).isEqualTo("HTTP/1.1 404 Not Found");
        assertThat(other.body()).isEqualTo("404 page not found\n");
      }
      send(socket, "nonsense\r\n\r\n");
      assertThat(read(in).status()).isEqualTo("HTTP/1.1 400 Bad Request");
      assertThat(in.readAllBytes()).isEmpty();
    }
    try (Socket socket = metricsSocket()) {
      send(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    }
  }
}
