package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.HttpRules;
import io.kvorum.testing.Await;
import io.kvorum.tls.AllowedCertificates;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TestAuthority;
import io.kvorum.tls.TestSockets;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tls.TlsPair;
import io.kvorum.tls.TlsProfile;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** JSON and pages as streams of HTTP/2, beside calls of gRPC on the same connection. */
@Timeout(60)
class StreamFrontTest {
  private static final int WINDOW = 65_535;
  private static final int DATA = 0;
  private static final int WINDOW_UPDATE = 8;
  private static final int LARGE = 12_000_000;
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final String PUT = "etcdserverpb.KV/Put";

  private final OperatorPages pages =
      new OperatorPages() {
        @Override
        public boolean has(String path) {
          return List.of("/page", "/large", "/health").contains(path);
        }

        @Override
        public CompletableFuture<PlainAnswer> answer(Request request) {
          return CompletableFuture.completedFuture(
              PlainAnswer.text(request.path().equals("/large") ? "p".repeat(LARGE) : "the page"));
        }
      };

  private final AtomicBoolean hasRecentLeader = new AtomicBoolean(true);

  @TempDir private Path directory;
  private final List<RawHttp2> clients = new ArrayList<>();
  private TestAuthority authority;
  private HttpEndpoint endpoint;
  private ServerTls tls;
  private @Nullable PortHarness harness;

  @BeforeEach
  void prepare() throws Exception {
    authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("server").write(directory, "server");
    tls =
        ServerTls.open(
            new TlsFiles(
                new TlsPair(
                    directory.resolve("server.pem").toString(),
                    directory.resolve("server.key").toString()),
                TlsPair.NONE,
                "",
                false,
                "",
                new AllowedCertificates(List.of(), List.of())),
            TlsProfile.usual());
    endpoint = new HttpEndpoint();
  }

  @AfterEach
  void stop() throws IOException {
    for (RawHttp2 client : clients) {
      client.close();
    }
    if (harness != null) {
      harness.close();
    }
    tls.close();
    endpoint.close();
  }

  private PortHarness listen(UnaryOperator<PortSettings> change) throws IOException {
    PortSettings usual =
        PortSettings.of(
            List.of(new InetSocketAddress("127.0.0.1", 0)),
            new ClientLimits(1 << 20, 128, 4 << 20),
            Duration.ofMillis(20));
    PortHarness listening =
        new PortHarness(change.apply(usual), pages, new TlsListeners(tls, Set.of()));
    listening.port.provide(new StreamRegistry(hasRecentLeader::get), List.of(puts()));
    harness = listening;
    return listening;
  }

  private void serve(UnaryOperator<PortSettings> change) throws IOException {
    PortHarness serving = listen(change);
    serving.port.relayTo(endpoint.address());
    serving.port.serve();
  }

  private void serve() throws IOException {
    serve(usual -> usual);
  }

  private static PortSettings limited(PortSettings usual, Duration body, long heldBytes) {
    return usual.withHttpLimits(new HttpLimits(LONG, body, LONG, 1000, heldBytes));
  }

  private static ServerServiceDefinition puts() {
    return ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
        .addMethod(
            KVGrpc.getPutMethod(),
            ServerCalls.asyncUnaryCall(
                (PutRequest request, StreamObserver<PutResponse> answer) -> {
                  answer.onNext(PutResponse.getDefaultInstance());
                  answer.onCompleted();
                }))
        .build();
  }

  private RawHttp2 connect() throws Exception {
    return connect(WINDOW);
  }

  private RawHttp2 connect(int window) throws Exception {
    RawHttp2 client = new RawHttp2(handshake("h2"), window);
    clients.add(client);
    return client;
  }

  private SSLSocket handshake(String... protocols) throws Exception {
    return handshake(harness.address(), protocols);
  }

  private SSLSocket handshake(InetSocketAddress to, String... protocols) throws Exception {
    SSLSocket socket = TestSockets.connect(TestSockets.context(authority, null), to);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static int get(RawHttp2 client, String path) throws Exception {
    return client.request("GET", path, Map.of(), true);
  }

  private static int post(RawHttp2 client, String path, String body) throws Exception {
    int stream = client.request("POST", path, Map.of("content-type", "application/json"), false);
    client.data(stream, body.getBytes(StandardCharsets.UTF_8));
    client.halfClose(stream);
    return stream;
  }

  private static void await(String what, Callable<Boolean> condition) {
    Await.until(what, Duration.ofSeconds(20), condition);
  }

  /** A call of gRPC that must succeed. */
  private static void put(RawHttp2 client) throws Exception {
    int call = client.call(PUT, Map.of());
    client.data(call, RawHttp2.message(new byte[0], false));
    client.halfClose(call);
    assertThat(client.end(call)).isEqualTo(new RawHttp2.End("trailers", "200", "0", ""));
  }

  @Test
  void jsonPagesAndGrpcShareAConnection() throws Exception {
    serve();
    RawHttp2 client = connect();
    int json =
        client.request("POST", "/v3/echo", Map.of("content-type", "application/json"), false);
    int call = client.call(PUT, Map.of());
    int page = get(client, "/page");
    client.data(json, "hel".getBytes(StandardCharsets.UTF_8));
    client.data(call, RawHttp2.message(new byte[0], false));
    assertThat(client.body(page)).isEqualTo("the page");
    client.halfClose(call);
    assertThat(client.end(call).grpc()).isEqualTo("0");
    client.data(json, "lo".getBytes(StandardCharsets.UTF_8));
    client.halfClose(json);
    assertThat(client.body(json)).isEqualTo("hello");
    Http2Headers head = client.head(json);
    assertThat(head.status()).hasToString("200");
    assertThat(head.get("content-length")).hasToString("5");
    assertThat(head.get("grpc-metadata-content-type")).hasToString("application/grpc");
    assertThat(head.contains("connection")).isFalse();
    assertThat(head.contains("transfer-encoding")).isFalse();
    assertThat(endpoint.heads.element()).contains("host: test", "content-type: application/json");
    assertThat(client.body(post(client, "/v3/echo", "again"))).isEqualTo("again");
    assertThat(endpoint.remotePorts).hasSize(1); // one after the other
  }

  @Test
  void theContentTypeDecidesUnlessThePathIsThatOfJson() throws Exception {
    serve();
    RawHttp2 client = connect();
    for (String type : List.of("application/grpc", "application/grpc-web", "a application/grpc")) {
      int json = client.request("POST", "/v3/echo", Map.of("content-type", type), true);
      assertThat(client.head(json).get("content-type")).as(type).isNull();
      assertThat(client.end(json).http()).as(type).isEqualTo("200");
      int beta = client.request("POST", "/v3beta/echo", Map.of("content-type", type), true);
      assertThat(client.end(beta).http()).as(type).isEqualTo("200");
      int page = client.request("GET", "/page", Map.of("content-type", type), true);
      assertThat(client.end(page).http()).as(type).isIn("405", "415");
    }
    int unknown = client.call("v3x", Map.of());
    assertThat(client.end(unknown).grpc()).isEqualTo("12");
    for (String type : List.of("Application/Grpc", "text/plain", "")) {
      int page = client.request("GET", "/page", Map.of("content-type", type), true);
      assertThat(client.body(page)).as(type).isEqualTo("the page");
    }
  }

  @Test
  void aClientThatOffersBothGetsHttp2OnceItCanBeServed() throws Exception {
    PortHarness listening = listen(usual -> usual);
    try (SSLSocket early = handshake("h2", "http/1.1")) {
      assertThat(early.getApplicationProtocol()).isEqualTo("http/1.1");
    }
    listening.port.serve();
    try (SSLSocket socket = handshake("http/1.1", "h2")) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
    }
    try (SSLSocket socket = handshake("http/1.1")) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
    }
    listening.port.stop();
    try (SSLSocket late = handshake("h2", "http/1.1")) {
      assertThat(late.getApplicationProtocol()).isEqualTo("http/1.1");
    }
  }

  @Test
  void whatComesBeforeThereIsAnEndpointWaitsForIt() throws Exception {
    PortHarness listening = listen(usual -> usual);
    listening.port.serve();
    RawHttp2 client = connect();
    int early = post(client, "/v3/echo", "early");
    assertThat(client.body(get(client, "/page"))).isEqualTo("the page");
    put(client);
    await("a request that waits", () -> listening.port.waitingForHttp() == 1);
    listening.port.relayTo(endpoint.address());
    assertThat(client.body(early)).isEqualTo("early");
  }

  @Test
  void theMessagesOfAStreamComeOneByOne() throws Exception {
    serve();
    RawHttp2 client = connect();
    int watch = client.request("POST", "/v3/watch", Map.of(), false);
    for (int i = 1; i <= 20; i++) {
      client.data(watch, "1234\n".getBytes(StandardCharsets.UTF_8));
      assertThat(client.body(watch, 5 * i)).isEqualTo("1234\n".repeat(i));
      assertThat(client.frames(watch)).isEqualTo(i);
    }
    assertThat(client.hasEnded(watch)).isFalse();
    client.halfClose(watch);
    assertThat(client.end(watch).how()).isEqualTo("data");
  }

  @Test
  void aLargeAnswerComesAsFastAsItsClientReads() throws Exception {
    serve();
    RawHttp2 client = connect(1000);
    int answer = get(client, "/v3/bytes/" + LARGE);
    assertThat(client.body(answer, 1000)).hasSize(1000);
    client.sync();
    assertThat(client.received(answer)).isEqualTo(1000);
    put(client);
    assertThat(client.body(post(client, "/v3/echo", "other"))).isEqualTo("other");
    client.credit(answer, 500);
    assertThat(client.body(answer, 1500)).hasSize(1500);
    while (client.received(answer) < LARGE) {
      client.credit(answer, 1 << 20);
      client.body(answer, Math.min(LARGE, client.received(answer) + (1 << 20)));
    }
    assertThat(client.body(answer)).hasSize(LARGE).matches("b+");
    assertThat(client.end(answer).how()).isEqualTo("data");
  }

  @Test
  void bodiesThatTheEndpointDoesNotTakeStayWithTheirClient() throws Exception {
    serve();
    RawHttp2 client = connect(1000);
    int stream = client.request("POST", "/v3/watch", Map.of(), false);
    byte[] line = ("x".repeat(9999) + "\n").getBytes(StandardCharsets.UTF_8);
    // The endpoint's answers are not read, and so it reads no more.
    int sent = 0;
    while (client.window(stream) >= line.length) {
      client.data(stream, line);
      sent += line.length;
      client.sync();
      assertThat(sent).isLessThan(20 << 20);
    }
    put(client);
    assertThat(client.received(stream)).isLessThanOrEqualTo(1000);
    client.credit(stream, Integer.MAX_VALUE / 2);
    assertThat(client.body(stream, sent / 2).length()).isGreaterThanOrEqualTo(sent / 2);
    await(
        "new credit",
        () -> {
          client.sync();
          return client.window(stream) > line.length;
        });
  }

  @Test
  void aResetEndsTheExchangeAndNothingElse() throws Exception {
    serve();
    RawHttp2 client = connect();
    int watch = client.request("POST", "/v3/watch", Map.of(), false);
    client.data(watch, "12345\n".getBytes(StandardCharsets.UTF_8));
    assertThat(client.body(watch, 5)).isNotEmpty();
    client.reset(watch);
    await("the end of the exchange", () -> endpoint.openConnections() == 0);
    assertThat(client.body(post(client, "/v3/echo", "next"))).isEqualTo("next");
    client.vanish(true);
    await("the end of what was kept", () -> endpoint.openConnections() == 0);
    await("the end of what is counted", () -> harness.port.presenceBytes() == 0);
  }

  @Test
  void aClientThatVanishesEndsAllOfItsExchanges() throws Exception {
    serve();
    RawHttp2 client = connect();
    for (int i = 0; i < 10; i++) {
      int watch = client.request("POST", "/v3/watch", Map.of(), false);
      client.data(watch, "12345\n".getBytes(StandardCharsets.UTF_8));
      assertThat(client.body(watch, 5)).isNotEmpty();
    }
    assertThat(endpoint.openConnections()).isEqualTo(10);
    client.vanish(false);
    await("the end of the exchanges", () -> endpoint.openConnections() == 0);
    await("the end of what is counted", () -> harness.port.presenceBytes() == 0);
  }

  @Test
  void errorsOfTheEndpointAreTheFrontsAndATornAnswerIsReset() throws Exception {
    serve();
    RawHttp2 client = connect();
    int hangUp = get(client, "/v3/hang-up");
    assertThat(client.body(hangUp)).contains("\"code\":14");
    assertThat(client.head(hangUp).status()).hasToString("502");
    int page = get(client, "/v3/page/404");
    assertThat(client.body(page)).isEqualTo("{\"code\":5,\"message\":\"Some Error\"}");
    assertThat(client.head(page).get("content-type")).hasToString("application/json");
    int torn = get(client, "/v3/torn");
    assertThat(client.end(torn).how()).isEqualTo("RST_STREAM 2");
    int last = client.request("POST", "/v3/last", Map.of(), true);
    assertThat(client.end(last).http()).isEqualTo("200");
    put(client);
  }

  @Test
  void whatIsTooLargeIsRefusedBeforeItHasCome() throws Exception {
    serve(usual -> limited(usual, LONG, 1 << 20));
    RawHttp2 client = connect();
    int declared = client.request("POST", "/v3/echo", Map.of("content-length", "1001"), false);
    assertThat(client.body(declared)).contains("larger than max (1001 vs. 1000)");
    assertThat(client.head(declared).status()).hasToString("429");
    int undeclared = client.request("POST", "/v3/echo", Map.of(), false);
    client.data(undeclared, new byte[1001]);
    assertThat(client.body(undeclared)).contains("larger than max");
    int head = client.request("GET", "/page", Map.of("x", "y".repeat(70_000)), true);
    assertThat(client.end(head).http()).isEqualTo("431");
    assertThat(client.body(post(client, "/v3/echo", "fine"))).isEqualTo("fine");
  }

  @Test
  void aBodyThatDoesNotComeInTimeIsAnsweredWith408() throws Exception {
    serve(usual -> limited(usual, SHORT, 1 << 20));
    RawHttp2 client = connect();
    int slow = client.request("POST", "/v3/echo", Map.of("content-length", "10"), false);
    client.data(slow, new byte[5]);
    assertThat(client.body(slow)).contains("has not arrived in time");
    assertThat(client.head(slow).status()).hasToString("408");
    int silent = client.request("POST", "/v3/echo", Map.of(), false);
    assertThat(client.body(silent)).contains("has not arrived in time");
    put(client);
  }

  @Test
  void headsOptionsAndRulesAreThoseOfHttp1() throws Exception {
    serve(usual -> usual.withRules(new HttpRules(Set.of("https://a.example"), Set.of("b"), true)));
    RawHttp2 client = connect();
    int head = client.request("HEAD", "/page", Map.of("origin", "https://a.example"), true);
    assertThat(client.end(head)).isEqualTo(new RawHttp2.End("trailers", "200", "", ""));
    assertThat(client.head(head).get("content-length")).hasToString("8");
    assertThat(client.head(head).get("access-control-allow-origin"))
        .hasToString("https://a.example");
    assertThat(client.head(head).get("x-content-type-options")).hasToString("nosniff");
    int options =
        client.request("OPTIONS", "/v3/kv/put", Map.of("origin", "https://a.example"), true);
    assertThat(client.end(options).http()).isEqualTo("200");
    assertThat(client.head(options).get("access-control-allow-methods"))
        .hasToString(HttpRules.METHODS);
    int nowhere = get(client, "/nowhere");
    assertThat(client.body(nowhere)).isEqualTo("404 page not found\n");
    assertThat(client.head(nowhere).status()).hasToString("404");
    int moved = get(client, "/v3//kv/../echo?a=b");
    assertThat(client.end(moved).http()).isEqualTo("307");
    assertThat(client.head(moved).get("location")).hasToString("/v3/echo?a=b");
    int headOfCall = client.request("HEAD", "/v3/bytes/7", Map.of(), true);
    assertThat(client.end(headOfCall).http()).isEqualTo("200");
    assertThat(client.received(headOfCall)).isZero();
    assertThat(client.head(headOfCall).get("content-length")).hasToString("7");
    int continued =
        client.request(
            "POST", "/v3/echo", Map.of("expect", "100-continue", "content-length", "2"), false);
    assertThat(client.head(continued).status()).hasToString("100");
    client.data(continued, "ok".getBytes(StandardCharsets.UTF_8));
    client.halfClose(continued);
    assertThat(client.body(continued)).isEqualTo("ok");
  }

  @Test
  void malformedRequestsEndTheirStreamAlone() throws Exception {
    serve();
    RawHttp2 client = connect();
    Http2Headers usual = new DefaultHttp2Headers(false).method("GET").scheme("https");
    List<Http2Headers> wrong =
        List.of(
            usual,
            new DefaultHttp2Headers(false).setAll(usual).path(""),
            new DefaultHttp2Headers(false).setAll(usual).path("page"),
            new DefaultHttp2Headers(false).setAll(usual).path("/pa ge"),
            new DefaultHttp2Headers(false).setAll(usual).path("/page\r\nx: y"),
            new DefaultHttp2Headers(false).setAll(usual).path("/page").method("G T"),
            new DefaultHttp2Headers(false).scheme("https").path("/page").add("content-type", "a"),
            new DefaultHttp2Headers(false).setAll(usual).path("/page").add("connection", "close"),
            new DefaultHttp2Headers(false).setAll(usual).path("/page").add("upgrade", "websocket"),
            new DefaultHttp2Headers(false)
                .setAll(usual)
                .path("/v3/echo")
                .add("authorization", "x\r\nkvorum-relay: y"),
            new DefaultHttp2Headers(false).setAll(usual).path("/page").authority("a\r\nb: c"));
    for (Http2Headers headers : wrong) {
      int stream = client.request(headers, true);
      assertThat(client.end(stream).how()).as(headers.toString()).isEqualTo("RST_STREAM 1");
    }
    int mismatched = client.request("POST", "/v3/echo", Map.of("content-length", "2"), false);
    client.data(mismatched, new byte[3]);
    assertThat(client.end(mismatched).how()).isEqualTo("RST_STREAM 1");
    int unfinished = client.request("POST", "/v3/echo", Map.of("content-length", "2"), false);
    client.halfClose(unfinished);
    assertThat(client.end(unfinished).how()).isEqualTo("RST_STREAM 1");
    int twice = client.request("POST", "/v3/echo", Map.of(), false);
    client.headers(twice, new DefaultHttp2Headers().add("a", "b"), false);
    assertThat(client.end(twice).how()).isEqualTo("RST_STREAM 1");
    int late = client.request("POST", "/v3/wait", Map.of(), true);
    client.raw(DATA, 0, late, new byte[1]);
    assertThat(client.end(late).how()).isEqualTo("RST_STREAM 5");
    put(client);
    assertThat(client.body(get(client, "/page"))).isEqualTo("the page");
    int trailed = client.request("POST", "/v3/echo", Map.of(), false);
    client.data(trailed, "ok".getBytes(StandardCharsets.UTF_8));
    client.headers(trailed, new DefaultHttp2Headers().add("a", "b"), true);
    assertThat(client.body(trailed)).isEqualTo("ok");
  }

  @Test
  void whatIsWrongWithTheConnectionEndsIt() throws Exception {
    serve();
    RawHttp2 client = connect();
    int watch = client.request("POST", "/v3/watch", Map.of(), false);
    client.data(watch, "12345\n".getBytes(StandardCharsets.UTF_8));
    assertThat(client.body(watch, 5)).isNotEmpty();
    client.raw(WINDOW_UPDATE, 0, 0, new byte[4]);
    assertThat(client.farewell()).startsWith("GOAWAY 1");
    await("the end of the exchange", () -> endpoint.openConnections() == 0);
    await("the end of what is counted", () -> harness.port.presenceBytes() == 0);
  }

  @Test
  void aHundredStreamsOfAConnectionAreServedAndFurtherOnesCountAsConnections() throws Exception {
    serve(usual -> usual.withMostPerAddress(3));
    RawHttp2 client = connect();
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < 102; i++) {
      int watch = client.request("POST", "/v3/watch", Map.of(), false);
      client.data(watch, "1234\n".getBytes(StandardCharsets.UTF_8));
      assertThat(client.body(watch, 5)).isEqualTo("1234\n");
      open.add(watch);
    }
    int refused = get(client, "/page");
    assertThat(client.end(refused).how()).isEqualTo("RST_STREAM 7");
    put(client);
    client.halfClose(open.get(0));
    assertThat(client.end(open.get(0)).how()).isEqualTo("data");
    client.sync();
    assertThat(client.body(get(client, "/page"))).isEqualTo("the page");
  }

  @Test
  void requestsThatAreResetCountUntilTheEndpointIsDoneWithThem() throws Exception {
    serve();
    RawHttp2 client = connect();
    for (int i = 0; i < 100; i++) {
      int given = client.request("POST", "/v3/wait", Map.of(), true);
      int asked = i + 1;
      await("a request at the endpoint", () -> endpoint.heads.size() == asked);
      client.reset(given);
    }
    client.sync();
    assertThat(client.end(get(client, "/page")).how()).isEqualTo("RST_STREAM 7");
    put(client);
    endpoint.answer();
    await("that the endpoint is done", () -> endpoint.openConnections() == 0);
    await(
        "that requests are served again",
        () -> client.body(get(client, "/page")).equals("the page"));
  }

  @Test
  void streamsTakeTheRoomOfCalls() throws Exception {
    long connection = Presence.CONNECTION_BYTES + Presence.TLS_BYTES + Presence.GRPC_BYTES;
    serve(usual -> usual.withMemory(Long.MAX_VALUE / 2, 2 * connection));
    RawHttp2 client = connect();
    int refused = 0;
    for (int i = 0; i < 60; i++) {
      // Without credit no answer is complete.
      int stream = client.request("POST", "/v3/echo", Map.of(), false);
      client.sync();
      if (client.hasEnded(stream)) {
        assertThat(client.end(stream).how()).isEqualTo("RST_STREAM 7");
        refused++;
      }
    }
    assertThat(refused).isBetween(1, 59);
    client.vanish(false);
    await("the end of what is counted", () -> harness.port.presenceBytes() == 0);
  }

  @Test
  void pagesThatAreNotReadAreGivenUp() throws Exception {
    serve(usual -> limited(usual, LONG, LARGE * 2L));
    RawHttp2 client = connect(1000);
    List<Integer> unread = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      unread.add(get(client, "/large"));
    }
    assertThat(client.end(unread.get(0)).how()).isEqualTo("RST_STREAM 2");
    assertThat(client.end(unread.get(1)).how()).isEqualTo("RST_STREAM 2");
    client.sync();
    assertThat(client.hasEnded(unread.get(3))).isFalse();
    put(client);
  }

  @Test
  void bodiesThatWaitAreGivenUpTheOldestFirst() throws Exception {
    serve(usual -> limited(usual, LONG, 300_000));
    RawHttp2 client = connect(1000);
    List<Integer> streams = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int stream = client.request("POST", "/v3/watch", Map.of(), false);
      client.data(stream, new byte[100_000]);
      streams.add(stream);
    }
    await(
        "that the oldest ones go",
        () -> {
          client.sync();
          return client.hasEnded(streams.get(0));
        });
    put(client);
  }

  @Test
  void aStopEndsStreamsWithAReasonAndTheConnectionWithThem() throws Exception {
    serve();
    RawHttp2 client = connect();
    int watch = client.request("POST", "/v3/watch", Map.of(), false);
    client.data(watch, "1234\n".getBytes(StandardCharsets.UTF_8));
    assertThat(client.body(watch, 5)).isEqualTo("1234\n");
    CompletableFuture<Void> stopped = CompletableFuture.runAsync(harness.port::stop);
    assertThat(client.body(watch)).contains("\"message\":\"this member is stopping\"");
    assertThat(client.end(watch).how()).isEqualTo("data");
    assertThat(client.farewell()).startsWith("GOAWAY 0");
    stopped.join();
  }

  @Test
  void aStreamThatRequiresALeaderEndsWhenTheLeaderHasBeenLost() throws Exception {
    serve();
    RawHttp2 client = connect();
    int requiring =
        client.request("POST", "/v3/watch", Map.of("grpc-metadata-hasleader", "true"), false);
    int other = client.request("POST", "/v3/watch", Map.of(), false);
    for (int watch : List.of(requiring, other)) {
      client.data(watch, "1234\n".getBytes(StandardCharsets.UTF_8));
      assertThat(client.body(watch, 5)).isEqualTo("1234\n");
    }
    hasRecentLeader.set(false);
    assertThat(client.body(requiring))
        .isEqualTo("1234\n{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}\n");
    assertThat(client.end(requiring).how()).isEqualTo("data");
    client.data(other, "5678\n".getBytes(StandardCharsets.UTF_8));
    assertThat(client.body(other, 10)).isEqualTo("1234\n5678\n");
  }

  @Test
  void theAddressesForHttpAloneLimitTheStreamsOfAConnection() throws Exception {
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    serve(
        usual ->
            usual
                .withHttp(List.of(any), List.of())
                .withHttp2(new PortSettings.Http2(2, LONG, LONG, LONG)));
    RawHttp2 client = new RawHttp2(handshake(harness.port.httpAddresses().get(0), "h2"), WINDOW);
    clients.add(client);
    assertThat(client.mostStreams()).isEqualTo(2);
    int first = client.request("POST", "/v3/watch", Map.of(), false);
    client.request("POST", "/v3/watch", Map.of(), false);
    int third = client.request("POST", "/v3/watch", Map.of(), false);
    assertThat(client.end(third).how()).isEqualTo("RST_STREAM 7");
    client.data(first, "1234\n".getBytes(StandardCharsets.UTF_8));
    assertThat(client.body(first, 5)).isEqualTo("1234\n");
  }

  @Test
  void theAddressesForHttpAloneSpeakHttp2() throws Exception {
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    serve(usual -> usual.withHttp(List.of(any), List.of(any)));
    List<InetSocketAddress> addresses = harness.port.httpAddresses();
    try (SSLSocket socket = handshake(addresses.get(0), "http/1.1", "h2")) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
    }
    RawHttp2 metrics = new RawHttp2(handshake(addresses.get(0), "h2"), WINDOW);
    clients.add(metrics);
    assertThat(metrics.body(get(metrics, "/health"))).isEqualTo("the page");
    assertThat(metrics.end(get(metrics, "/page")).http()).isEqualTo("404");
    RawHttp2 http = new RawHttp2(handshake(addresses.get(1), "h2"), WINDOW);
    clients.add(http);
    int watch = http.request("POST", "/v3/watch", Map.of(), false);
    http.data(watch, "1234\n".getBytes(StandardCharsets.UTF_8));
    assertThat(http.body(watch, 5)).isEqualTo("1234\n");
    assertThat(http.body(post(http, "/v3/echo", "hello"))).isEqualTo("hello");
    int large = post(http, "/v3/echo", "x".repeat(300_000));
    http.credit(large, 300_000);
    assertThat(http.body(large)).hasSize(300_000);
    assertThat(http.end(http.call(PUT, Map.of())).http()).isEqualTo("404");
    RawHttp2 grpc = connect();
    put(grpc);
    int elsewhere = post(grpc, "/v3/echo", "hello");
    assertThat(grpc.body(elsewhere)).contains("--listen-client-http-urls");
    assertThat(grpc.head(elsewhere).status()).hasToString("404");
    http.vanish(true);
    metrics.vanish(false);
    grpc.vanish(false);
    await("the end of the exchanges", () -> endpoint.openConnections() == 0);
    await("the end of what is counted", () -> harness.port.presenceBytes() == 0);
  }

  @Test
  void onAPlainPortHttp2IsGrpcsAlone() throws Exception {
    try (PortHarness plain =
        new PortHarness(new StreamRegistry(() -> true), List.of(puts()), endpoint.address())) {
      RawHttp2 client = new RawHttp2(plain.address());
      clients.add(client);
      assertThat(client.end(get(client, "/v3/echo")).http()).isEqualTo("415");
      put(client);
    }
  }
}
