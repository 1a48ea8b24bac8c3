package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.service.HttpRules;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.Await;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
          return path.startsWith("/page")
              || path.equals("/slow")
              || path.equals("/bug")
              || path.equals("/metrics");
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
    PortSettings settings = PortHarness.settings(0);
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    harness = new PortHarness(settings.withHttp(List.of(), List.of(any)), pages);
  }

  @AfterEach
  void stop() {
    harness.close();
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
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(answer.body()).isEqualTo("/page/ab");
      assertThat(answer.headers())
          .containsExactly(
              "Access-Control-Allow-Headers: accept, content-type, authorization",
              "Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE",
              "Access-Control-Allow-Origin: *",
              "Content-Type: text/plain; charset=utf-8",
              "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
              "Referrer-Policy: no-referrer",
              "X-Content-Type-Options: nosniff",
              "X-Frame-Options: DENY",
              "Content-Length: 8");
      OperatorPages.Request request = requests.remove();
      assertThat(request.method()).isEqualTo("GET");
      assertThat(request.parameters().get("x")).containsExactly("1", "2");
      assertThat(request.parameters().get("y")).containsExactly("");
    }
  }

  @Test
  void etcdsMetricsAloneAreCompressed() throws Exception {
    String compressed = "Accept-Encoding: deflate, gzip;q=0.5\r\n\r\n";
    try (Socket socket = harness.socket()) {
      send(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\n" + compressed);
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.headers()).contains("Content-Encoding: gzip");
      byte[] body = answer.body().getBytes(StandardCharsets.ISO_8859_1);
      assertThat(new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes())
          .asString()
          .isEqualTo("/metrics");
      send(socket, "GET /page HTTP/1.1\r\nHost: x\r\n" + compressed);
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/page");
      send(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0\r\n\r\n");
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/metrics");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "//page, /page",
    "/page/../metrics?x=%2F, /metrics?x=%2F",
    "/page/./a/, /page/a/",
    "/%2e%2e/page, /page",
    "/v3, /v3/",
    "/v3beta//kv/./range, /v3/kv/range",
    "/..//evil.example/a%20b, /evil.example/a%20b",
  })
  void aPathThatIsNotCleanIsRedirected(String path, String location) throws Exception {
    try (Socket socket = harness.socket()) {
      send(socket, get(path));
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.status()).isEqualTo("HTTP/1.1 307 Temporary Redirect");
      assertThat(answer.headers()).contains("Location: " + location);
      assertThat(answer.body())
          .isEqualTo("<a href=\"" + location + "\">Temporary Redirect</a>.\n\n");
      send(socket, get(path).replace("GET", "POST"));
      answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.headers()).contains("Location: " + location, "Content-Length: 0");
    }
  }

  private void follow(HttpRules rules) throws IOException {
    harness.close();
    harness = new PortHarness(PortHarness.settings(0).withRules(rules), pages);
  }

  @Test
  void pagesOfListedOriginsMayReadAnswersAndOthersAreServedToo() throws Exception {
    follow(new HttpRules(Set.of("http://a.example:80"), Set.of("*"), true));
    try (Socket socket = harness.socket()) {
      String ask = "GET /page HTTP/1.1\r\nHost: x\r\n";
      send(socket, ask + "Origin: http://a.example:80\r\n\r\n");
      assertThat(RawAnswer.read(socket.getInputStream()).headers())
          .contains(
              "Access-Control-Allow-Headers: accept, content-type, authorization",
              "Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE",
              "Access-Control-Allow-Origin: http://a.example:80");
      for (String other : List.of("", "Origin: http://a.example\r\n", "Origin: *\r\n")) {
        send(socket, ask + other + "\r\n");
        RawAnswer answer = RawAnswer.read(socket.getInputStream());
        assertThat(answer.body()).isEqualTo("/page");
        assertThat(answer.headers()).noneMatch(header -> header.startsWith("Access-Control"));
      }
    }
  }

  @Test
  void aRequestForAnotherHostIsRefusedWhateverItAsksFor() throws Exception {
    follow(new HttpRules(Set.of("*"), Set.of("a.example", "::1"), true));
    try (Socket socket = harness.socket()) {
      for (String host : List.of("a.example", "a.example:2379", "[::1]:2379")) {
        send(socket, get("/page").replace("Host: x", "Host: " + host));
        assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/page");
      }
      for (String request : List.of("GET /page", "OPTIONS /page", "GET /v3/kv/range", "GET /no")) {
        for (String host : List.of("A.example", "localhost", "evil.example:80")) {
          send(socket, request + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
          RawAnswer answer = RawAnswer.read(socket.getInputStream());
          assertThat(answer.status()).isEqualTo("HTTP/1.1 421 Misdirected Request");
          assertThat(answer.headers())
              .contains("Content-Type: text/plain; charset=utf-8")
              .contains("X-Content-Type-Options: nosniff")
              .noneMatch(header -> header.startsWith("Access-Control"));
          assertThat(answer.body())
              .startsWith("\netcd received your request, but the Host header was unrecognized.\n\n")
              .contains("  - e.g. etcd --host-whitelist \"" + host.replace(":80", "") + "\"\n\n");
        }
      }
      send(socket, "GET http://a.example/page HTTP/1.1\r\nHost: evil.example\r\n\r\n");
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/page");
    }
  }

  @Test
  void withoutAGatewayItsPathsAreUnknown() throws Exception {
    follow(new HttpRules(Set.of("*"), Set.of("*"), false));
    try (Socket socket = harness.socket()) {
      for (String path : List.of("/v3/kv/range", "/v3/", "/v3beta/watch")) {
        send(socket, get(path).replace("GET", "POST"));
        assertThat(RawAnswer.read(socket.getInputStream()).body())
            .isEqualTo("404 page not found\n");
      }
      send(socket, get("/page"));
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/page");
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
      assertThat(RawAnswer.read(in).body()).isEqualTo("at last");
      for (int i = 0; i < 300; i++) {
        assertThat(RawAnswer.read(in).body()).isEqualTo("/page/" + i);
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
        assertThat(RawAnswer.read(in).body()).hasSize(50_000);
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
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
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
      assertThat(RawAnswer.read(in).body()).isEqualTo("/page/2");
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
        RawAnswer answer = RawAnswer.read(in);
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
        RawAnswer answer = RawAnswer.read(socket.getInputStream());
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
      assertThat(RawAnswer.read(in).status()).isEqualTo("HTTP/1.1 500 Internal Server Error");
      assertThat(RawAnswer.read(in).body()).isEqualTo("/page");
    }
  }

  @Test
  void pagesAndJsonTakeTurnsOnOneConnection() throws Exception {
    try (HttpEndpoint endpoint = new HttpEndpoint();
        Socket socket = harness.socket()) {
      harness.port.relayTo(endpoint.address());
      harness.port.serve();
      String echo = "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
      send(socket, get("/page/1") + echo + echo + get("/page/2") + get("/nothing") + echo);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(RawAnswer.read(in).body()).isEqualTo("/page/1");
      assertThat(RawAnswer.read(in).body()).isEqualTo("hello");
      assertThat(RawAnswer.read(in).body()).isEqualTo("hello");
      assertThat(RawAnswer.read(in).body()).isEqualTo("/page/2");
      assertThat(RawAnswer.read(in).body()).isEqualTo("404 page not found\n");
      assertThat(RawAnswer.read(in).body()).isEqualTo("hello");
      assertThat(requests).hasSize(2);
      assertThat(endpoint.remotePorts).hasSize(1);
    }
  }

  /** What a proxy in front may have read differently, or this server cannot serve. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 Bad Request | GET /page/#PPPP# HTTP/1.1~Host: x~Content-Length: 1~Content-Length: 2",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Content-Length: 1, 2",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Content-Length: -1",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Content-Length: +1",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Content-Length: 99999999999999999999",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Content-Length: 5~Transfer-Encoding: chunked",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Transfer-Encoding: chunked~Content-Length: 5",
        "400 Bad Request | GET /page HTTP/1.0~Transfer-Encoding: chunked",
        "501 Not Implemented | GET /page HTTP/1.1~Host: x~Transfer-Encoding: chunked~Transfer-Encoding: x",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Transfer-Encoding: chunked, identity",
        "501 Not Implemented | GET /page HTTP/1.1~Host: x~Transfer-Encoding: gzip, chunked",
        "501 Not Implemented | GET /page HTTP/1.1~Host: x~Transfer-Encoding: gzip",
        "400 Bad Request | GET /page HTTP/1.1",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~Host: y",
        "400 Bad Request | GET /page HTTP/1.1~Host : x",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~No colon",
        "400 Bad Request | GET /page HTTP/1.1~Host: x~: empty",
        "400 Bad Request | GET /%zz HTTP/1.1~Host: x",
        "400 Bad Request | GET /page HTTP/nonsense~Host: x",
        "505 HTTP Version Not Supported | GET /page HTTP/3.0~Host: x",
        "417 Expectation Failed | GET /page HTTP/1.1~Host: x~Expect: miracles",
        "431 Request Header Fields Too Large | GET /page HTTP/1.1~Host: x~X: #70000#",
        "414 Request-URI Too Long | GET /page/#70000# HTTP/1.1~Host: x",
      })
  void aRequestThatIsWrongAsSuchIsRefusedAndItsConnectionClosed(String status, String head)
      throws Exception {
    String request =
        head.replace("#PPPP#", "1").replace("#70000#", "x".repeat(70_000)).replace("~", "\r\n");
    try (Socket socket = harness.socket()) {
      send(socket, request + "\r\n\r\n" + get("/page"));
      InputStream in = socket.getInputStream();
      RawAnswer answer = RawAnswer.read(in);
      assertThat(answer.status()).endsWith(" " + status);
      assertThat(answer.headers()).contains("Connection: close");
      assertThat(answer.body()).isEqualTo(status + "\n");
      assertThat(in.readAllBytes()).isEmpty();
    }
    assertThat(requests).isEmpty();
  }

  /** A client of TLS then says that it was answered without TLS. */
  @Test
  void whatBeginsLikeTlsIsRefusedAtItsFirstBytes() throws Exception {
    byte[] clientHello = new byte[517];
    System.arraycopy(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3}, 0, clientHello, 0, 11);
    try (Socket socket = harness.socket()) {
      socket.getOutputStream().write(clientHello);
      InputStream in = socket.getInputStream();
      assertThat(RawAnswer.read(in).status()).endsWith(" 400 Bad Request");
      assertThat(in.readAllBytes()).isEmpty();
    }
    assertThat(requests).isEmpty();
  }

  @Test
  void headsOf60000BytesAndTheSameLengthTwiceAreRead() throws Exception {
    try (Socket socket = harness.socket()) {
      send(
          socket,
          "GET /page/1 HTTP/1.1\r\nHost: x\r\nX: "
              + "x".repeat(60_000)
              + "\r\n\r\n"
              + "GET http://a.example:1/page/2?x=y HTTP/1.1\r\nHost: x\r\n"
              + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"
              + "GET /page/3 HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n\r\n");
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int i = 1; i <= 3; i++) {
        assertThat(RawAnswer.read(in).body()).isEqualTo("/page/" + i);
      }
    }
  }

  @Test
  void aHeadThatComesByteByByteIsRead() throws Exception {
    try (Socket socket = harness.socket()) {
      socket.setTcpNoDelay(true);
      for (byte b : get("/page").getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(b);
      }
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/page");
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
        assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/page");
      }
      // Those of an earlier port may still be ending.
      Await.until(
          "there are two threads",
          Duration.ofSeconds(20),
          () ->
              Thread.getAllStackTraces().keySet().stream()
                      .filter(thread -> thread.getName().startsWith("kvorum-net"))
                      .count()
                  <= 2);
      send(halves.get(100), "st: x\r\n\r\n");
      assertThat(RawAnswer.read(halves.get(100).getInputStream()).body()).isEqualTo("/page");
    } finally {
      for (Socket socket : halves) {
        socket.close();
      }
    }
  }

  @Test
  void aPageIsAnsweredWhileTheLoopsThatServeAreBusy() throws Exception {
    try (BusyLoops busy = new BusyLoops();
        Socket socket = harness.socket()) {
      send(socket, get("/page?x"));
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("/page");
      busy.release();
    }
  }

  /** While a connection moves to a loop that serves, its end falls between two loops. */
  @Test
  void aClientThatEndsItsSideWhileItsConnectionMovesIsAnswered() throws Exception {
    harness.port.jsonServedAt(() -> "elsewhere");
    try (BusyLoops busy = new BusyLoops();
        Socket socket = harness.socket()) {
      send(socket, "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
      socket.shutdownOutput();
      try (Socket other = harness.socket()) {
        send(other, get("/page"));
        assertThat(RawAnswer.read(other.getInputStream()).body()).isEqualTo("/page");
      }
      busy.release();
      RawAnswer answer = RawAnswer.read(socket.getInputStream());
      assertThat(answer.body()).contains("elsewhere");
    }
  }

  @Test
  void aClientThatIsGoneWhileItsConnectionMovesIsForgotten() throws Exception {
    harness.port.jsonServedAt(() -> "elsewhere");
    long before = harness.port.presenceBytes();
    try (BusyLoops busy = new BusyLoops()) {
      for (int i = 0; i < 20; i++) {
        try (Socket socket = harness.socket()) {
          socket.setSoLinger(true, i % 2);
          send(socket, "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        }
      }
      busy.release();
    }
    Await.until(
        "no connection is counted",
        Duration.ofSeconds(20),
        () -> harness.port.presenceBytes() == before);
  }

  /** Two calls that keep both loops that serve busy: calls are started there. */
  private final class BusyLoops implements AutoCloseable {
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    private final List<Future<PutResponse>> held = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();

    BusyLoops() throws InterruptedException {
      CountDownLatch busy = new CountDownLatch(2);
      UnaryHandler<BusyLoops, PutRequest, PutResponse, PutResponse> holding =
          new UnaryHandler<>(
              new CallGuard(() -> true, Admitted.ALL, new ClientVersions()),
              Admitted.to(this),
              (service, request) -> {
                busy.countDown();
                released.join();
                return CompletableFuture.completedFuture(PutResponse.getDefaultInstance());
              },
              (request, response) -> response);
      harness.port.provide(
          new StreamRegistry(() -> true),
          List.of(
              ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
                  .addMethod(KVGrpc.getPutMethod(), holding)
                  .build()));
      harness.port.serve();
      for (int i = 0; i < 2; i++) {
        ManagedChannel channel = harness.channel();
        channels.add(channel);
        held.add(
            KVGrpc.newFutureStub(channel)
                .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build()));
      }
      busy.await();
    }

    void release() throws Exception {
      released.complete(null);
      for (Future<PutResponse> answer : held) {
        assertThat(answer.get()).isEqualTo(PutResponse.getDefaultInstance());
      }
    }

    @Override
    public void close() throws InterruptedException {
      released.complete(null);
      for (ManagedChannel channel : channels) {
        channel.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
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
      RawAnswer metrics = RawAnswer.read(in);
      assertThat(metrics.body()).isEqualTo("/metrics");
      assertThat(metrics.headers()).noneMatch(header -> header.startsWith("Access-Control"));
      assertThat(RawAnswer.read(in).body()).isEqualTo("/readyz/a");
      for (int i = 0; i < 4; i++) {
        RawAnswer other = RawAnswer.read(in);
        assertThat(other.status()).isEqualTo("HTTP/1.1 404 Not Found");
        assertThat(other.body()).isEqualTo("404 page not found\n");
      }
      send(socket, "nonsense\r\n\r\n");
      assertThat(RawAnswer.read(in).status()).isEqualTo("HTTP/1.1 400 Bad Request");
      assertThat(in.readAllBytes()).isEmpty();
    }
    try (Socket socket = metricsSocket()) {
      send(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    }
  }
}
