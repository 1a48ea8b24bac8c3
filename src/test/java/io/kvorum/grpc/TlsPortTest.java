package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.service.Caller;
import io.kvorum.service.ClientLimits;
import io.kvorum.testing.Await;
import io.kvorum.testing.CapturedLog;
import io.kvorum.testing.RawWebSocket;
import io.kvorum.tls.AllowedCertificates;
import io.kvorum.tls.CipherSuites;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TestAuthority;
import io.kvorum.tls.TestSockets;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tls.TlsPair;
import io.kvorum.tls.TlsProfile;
import io.kvorum.tls.TlsVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client port over TLS: 127.0.0.1 is secured, 127.0.0.2 is plain. */
@Timeout(120)
class TlsPortTest {
  private static final InetSocketAddress PLAIN = new InetSocketAddress("127.0.0.2", 0);

  private static final String GET_PAGE = "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";

  @TempDir private Path directory;
  private final HttpEndpoint endpoint;
  private final OnePage pages = new OnePage();
  private final BlockingQueue<String> callers = new LinkedBlockingQueue<>();
  private TestAuthority authority;
  private CapturedLog log;
  private @Nullable ServerTls tls;
  private @Nullable PortHarness harness;

  TlsPortTest() throws IOException {
    endpoint = new HttpEndpoint();
  }

  @BeforeEach
  void makeCertificates() throws Exception {
    authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("first").write(directory, "server");
    log = CapturedLog.of("io.kvorum.tls.RefusedHandshakes");
  }

  @AfterEach
  void close() throws IOException {
    log.close();
    if (harness != null) {
      harness.close();
    }
    if (tls != null) {
      tls.close();
    }
    endpoint.close();
  }

  private TlsFiles files(boolean isMutual, String revoked, String... hosts) {
    return new TlsFiles(
        new TlsPair(
            directory.resolve("server.pem").toString(), directory.resolve("server.key").toString()),
        TlsPair.NONE,
        isMutual ? directory.resolve("ca.pem").toString() : "",
        isMutual,
        revoked,
        new AllowedCertificates(List.of(hosts), List.of()));
  }

  /** One for BoringSSL, and one with a suite that the JDK alone has. */
  private static Stream<TlsProfile> profiles() {
    return Stream.of(TlsProfile.usual(), ofTheJdk());
  }

  private static TlsProfile ofTheJdk() {
    List<String> suites = new ArrayList<>(CipherSuites.usual());
    suites.add("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256");
    return new TlsProfile(TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, CipherSuites.of(suites));
  }

  private PortHarness serve(TlsFiles files, TlsProfile profile) throws IOException {
    tls = ServerTls.open(files, profile);
    PortHarness serving = new PortHarness(settings(), pages, new TlsListeners(tls, Set.of(PLAIN)));
    harness = serving;
    return serving.serve(endpoint, puts());
  }

  private static PortSettings settings() {
    return PortSettings.of(
            List.of(new InetSocketAddress("127.0.0.1", 0), PLAIN),
            new ClientLimits(1 << 20, 128, 4 << 20),
            Duration.ofSeconds(1))
        .withHttp(List.of(), List.of(new InetSocketAddress("127.0.0.1", 0)));
  }

  private ServerServiceDefinition puts() {
    return NotedPuts.shownTo(
        (call, caller) -> {
          assertThat(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION) != null)
              .isEqualTo(caller.isSecured());
          X509Certificate certificate = caller.certificate();
          callers.add(
              caller.isSecured()
                  + " "
                  + (certificate == null ? "" : certificate.getSubjectX500Principal())
                  + (caller.face() == Caller.Face.JSON ? " for others" : ""));
        });
  }

  private InetSocketAddress address(String host) {
    return harness.port.addresses().stream()
        .filter(each -> each.getAddress().getHostAddress().equals(host))
        .findFirst()
        .orElseThrow();
  }

  private SSLSocket socket(
      TestAuthority.@Nullable Identity client, InetSocketAddress to, String... protocols)
      throws Exception {
    return connect(context(client), to, protocols);
  }

  private SSLContext context(TestAuthority.@Nullable Identity client) throws Exception {
    return TestSockets.context(authority, client);
  }

  private static SSLSocket connect(SSLContext context, InetSocketAddress to, String... protocols)
      throws IOException {
    return TestSockets.connect(context, to, protocols);
  }

  @Test
  void aWebSocketWorksOverTls() throws Exception {
    serve(files(false, ""), TlsProfile.usual());
    try (SSLSocket secured = socket(null, address("127.0.0.1"));
        RawWebSocket socket = RawWebSocket.open(secured, "/v3/watch", new byte[0])) {
      assertThat(socket.send("hello").message()).isEqualTo("hello");
      socket.sendClose(1000, "");
      assertThat(socket.next().text()).isEqualTo("1000");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  private static RawAnswer ask(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    return RawAnswer.read(new BufferedInputStream(socket.getInputStream()));
  }

  private static String post(String body) {
    return "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private String page(TestAuthority.@Nullable Identity client, String... protocols)
      throws Exception {
    try (SSLSocket socket = socket(client, address("127.0.0.1"), protocols)) {
      return ask(socket, GET_PAGE).body();
    }
  }

  private void put(TestAuthority.@Nullable Identity client) throws Exception {
    SslContextBuilder builder = GrpcSslContexts.forClient().trustManager(authority.certificate());
    if (client != null) {
      builder.keyManager(client.keys().getPrivate(), client.certificate());
    }
    put(builder.build());
  }

  private void put(SslContext context) {
    put(context, new Metadata());
  }

  private void put(SslContext context, Metadata headers) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address("127.0.0.1"))
            .sslContext(context)
            .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
            .build();
    try {
      KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build());
    } finally {
      channel.shutdownNow();
    }
  }

  private void refused(TestAuthority.@Nullable Identity client, String reason) {
    int before = log.lines().size();
    assertThatThrownBy(() -> page(client)).isInstanceOf(IOException.class);
    Await.until("a line", Duration.ofSeconds(10), () -> log.lines().size() > before);
    assertThat(log.lines()).hasSize(before + 1);
    assertThat(log.lines().get(before))
        .matches("rejected a connection of 127\\.0\\.0\\.1:\\d+: .*")
        .endsWith(": " + reason);
  }

  @Test
  void grpcJsonAndPagesShareThePortBesideAPlainOne() throws Exception {
    PortHarness serving = serve(files(false, ""), TlsProfile.usual());
    put((TestAuthority.Identity) null);
    assertThat(callers.take()).isEqualTo("true ");
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      assertThat(page(null, protocol)).isEqualTo("the page");
      try (SSLSocket socket = socket(null, address("127.0.0.1"), protocol)) {
        socket.setSSLParameters(withAlpn(socket, "http/1.1"));
        assertThat(ask(socket, post("hello")).body()).isEqualTo("hello");
        assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
        assertThat(ask(socket, post("again")).body()).isEqualTo("again");
      }
    }
    try (SSLSocket socket = socket(null, address("127.0.0.1"))) {
      socket.setSSLParameters(withAlpn(socket, "h2"));
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
    }
    try (SSLSocket socket = socket(null, serving.port.httpAddresses().get(0))) {
      assertThat(ask(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").status()).contains("200");
    }
    InetSocketAddress plain = address("127.0.0.2");
    try (Socket socket = new Socket(plain.getAddress(), plain.getPort())) {
      assertThat(ask(socket, GET_PAGE).body()).isEqualTo("the page");
    }
    assertThat(log.lines()).isEmpty();
  }

  private static SSLParameters withAlpn(SSLSocket socket, String... protocols) {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    return parameters;
  }

  @Test
  void aCertificateIsVerifiedAndKeptWithTheConnection() throws Exception {
    Path revoked = directory.resolve("revoked.crl");
    TestAuthority.Identity gone = authority.client("gone");
    authority.revoke(revoked, gone.certificate());
    serve(files(true, revoked.toString()), TlsProfile.usual());
    TestAuthority.Identity alice = authority.client("alice");
    put(alice);
    assertThat(callers.take()).isEqualTo("true CN=alice");
    assertThat(page(alice)).isEqualTo("the page");

    refused(null, "the client has no certificate");
    assertThatThrownBy(() -> page(null, "TLSv1.2")).isInstanceOf(IOException.class);
    Await.until("a line", Duration.ofSeconds(10), () -> log.lines().size() > 1);
    assertThat(log.lines()).last().asString().endsWith(": the client has no certificate");
    refused(gone, revokedText(gone));
    refused(authority.expiredClient(), "the client's certificate has expired");
    refused(authority.futureClient(), "the client's certificate is not valid yet");
    refused(
        new TestAuthority("other").client("alice"),
        "the client's certificate is signed by an unknown authority");
    refused(
        authority.server("server"),
        "the client's certificate is not acceptable: Extended key usage does not permit use for TLS"
            + " client authentication");
    assertThatThrownBy(() -> put((TestAuthority.Identity) null))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            failure ->
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    assertThat(page(alice)).isEqualTo("the page");
  }

  /** An external gateway would lend its own name to all of its clients. */
  @Test
  void theCertificateOfAGatewayIsNotThatOfItsClients() throws Exception {
    serve(files(true, ""), TlsProfile.usual());
    TestAuthority.Identity gateway = authority.client("gateway");
    SslContext context =
        GrpcSslContexts.forClient()
            .trustManager(authority.certificate())
            .keyManager(gateway.keys().getPrivate(), gateway.certificate())
            .build();
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("grpcgateway-accept", Metadata.ASCII_STRING_MARSHALLER), "*/*");
    put(context, headers);
    assertThat(callers.take()).isEqualTo("true CN=gateway for others");
    put(context);
    assertThat(callers.take()).isEqualTo("true CN=gateway");
  }

  @ParameterizedTest
  @ValueSource(strings = {"P-384", "P-521", "Ed25519", "RSA"})
  void aClientMaySignWithEachKindOfKey(String kind) throws Exception {
    serve(files(true, ""), TlsProfile.usual());
    KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.startsWith("P") ? "EC" : kind);
    if (kind.startsWith("P")) {
      generator.initialize(new ECGenParameterSpec(kind.replace("P-", "secp") + "r1"));
    }
    assertThat(page(authority.client(generator.generateKeyPair()))).isEqualTo("the page");
  }

  private static String revokedText(TestAuthority.Identity gone) {
    return "the client's certificate is revoked: serial number "
        + gone.certificate().getSerialNumber().toString(16);
  }

  @Test
  void aCertificateMustBeValidForAnAllowedHost() throws Exception {
    serve(files(true, "", "a.example", "127.0.0.9"), TlsProfile.usual());
    assertThat(page(authority.client("c", "A.example"))).isEqualTo("the page");
    assertThat(page(authority.client("c", "127.0.0.9"))).isEqualTo("the page");
    String reason = "the client's certificate is valid for no allowed host";
    refused(authority.client("a.example", "b.example"), reason);
    refused(authority.client("a.example"), reason);
  }

  @Test
  void versionsAndSuitesAreThoseThatAreAllowed() throws Exception {
    serve(
        files(false, ""),
        new TlsProfile(TlsVersion.TLS_1_3, TlsVersion.TLS_1_3, CipherSuites.usual()));
    assertThat(page(null, "TLSv1.3")).isEqualTo("the page");
    assertThatThrownBy(() -> page(null, "TLSv1.2"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("protocol_version");
    Await.until("a line", Duration.ofSeconds(10), () -> !log.lines().isEmpty());
    assertThat(log.lines().get(0))
        .endsWith(": the client offers no version of TLS that is allowed");
    close();

    makeCertificates();
    String suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    serve(
        files(false, ""),
        new TlsProfile(TlsVersion.TLS_1_2, TlsVersion.TLS_1_2, CipherSuites.of(List.of(suite))));
    try (SSLSocket socket = socket(null, address("127.0.0.1"))) {
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
      assertThat(socket.getSession().getCipherSuite()).isEqualTo(suite);
    }
    try (SSLSocket socket = socket(null, address("127.0.0.1"))) {
      socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"});
      assertThatThrownBy(socket::startHandshake).hasMessageContaining("handshake_failure");
    }
    Await.until("a line", Duration.ofSeconds(10), () -> !log.lines().isEmpty());
    assertThat(log.lines().get(0)).endsWith(": the client offers no cipher suite that is allowed");
  }

  @Test
  void theAddressOfAllIsRecognizedWhenItIsBound() throws Exception {
    InetSocketAddress all = new InetSocketAddress(0);
    InetSocketAddress one = new InetSocketAddress("127.0.0.3", 0);
    tls = ServerTls.open(files(false, ""), TlsProfile.usual());
    for (InetSocketAddress plain : List.of(all, one)) {
      PortSettings settings =
          PortSettings.of(
              List.of(all, one), new ClientLimits(1 << 20, 128, 4 << 20), Duration.ofSeconds(1));
      try (PortHarness both =
          new PortHarness(settings, pages, new TlsListeners(tls, Set.of(plain)))) {
        for (InetSocketAddress bound : both.port.addresses()) {
          boolean isAll = bound.getAddress().isAnyLocalAddress();
          InetSocketAddress to =
              new InetSocketAddress(isAll ? "127.0.0.1" : "127.0.0.3", bound.getPort());
          if (isAll == plain.equals(all)) {
            try (Socket socket = new Socket(to.getAddress(), to.getPort())) {
              assertThat(ask(socket, GET_PAGE).body()).isEqualTo("the page");
            }
          } else {
            try (SSLSocket socket = socket(null, to)) {
              socket.startHandshake();
              assertThat(nameOfServer(socket)).isEqualTo("CN=first");
            }
          }
        }
      }
    }
    TlsListeners inDoubt = new TlsListeners(tls, Set.of(one));
    assertThat(inDoubt.of((InetSocketAddress) null)).isSameAs(tls);
    assertThat(inDoubt.of(new InetSocketAddress("127.0.0.4", 1))).isSameAs(tls);
    assertThat(inDoubt.of(new InetSocketAddress("127.0.0.3", 1))).isNull();
    assertThat(TlsListeners.none().of(one)).isNull();
  }

  @Test
  void plaintextOnATlsPortAndTheReverseAreRefused() throws Exception {
    serve(files(false, ""), TlsProfile.usual());
    InetSocketAddress secured = address("127.0.0.1");
    try (Socket socket = new Socket(secured.getAddress(), secured.getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(GET_PAGE.getBytes(StandardCharsets.US_ASCII));
      assertThat(bytesUntilTheEnd(socket)).isEmpty();
    }
    Await.until("a line", Duration.ofSeconds(10), () -> !log.lines().isEmpty());
    assertThat(log.lines()).hasSize(1);
    assertThat(log.lines().get(0)).endsWith(": the client does not speak TLS");
    try (SSLSocket socket = socket(null, address("127.0.0.2"))) {
      assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
    }
    assertThat(page(null)).isEqualTo("the page");
  }

  private static byte[] bytesUntilTheEnd(Socket socket) throws IOException {
    try {
      return socket.getInputStream().readAllBytes();
    } catch (SocketException reset) {
      return new byte[0];
    }
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void aClientThatDoesNotKnowTheServerLeavesALine(TlsProfile profile) throws Exception {
    serve(files(false, ""), profile);
    authority = new TestAuthority("other");
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      int before = log.lines().size();
      assertThatThrownBy(() -> page(null, protocol)).isInstanceOf(SSLException.class);
      Await.until("a line", Duration.ofSeconds(10), () -> log.lines().size() > before);
      assertThat(log.lines()).hasSize(before + 1);
      assertThat(log.lines().get(before))
          .endsWith(": the client refuses the handshake: certificate unknown");
    }
  }

  /** With BoringSSL the connection ends then, as it does in etcd. */
  @Test
  void aClientThatSendsNothingMoreGetsItsAnswerFromTheJdk() throws Exception {
    serve(files(false, ""), ofTheJdk());
    try (SSLSocket socket = socket(null, address("127.0.0.1"), "TLSv1.3")) {
      socket.getOutputStream().write(post("x".repeat(300_000)).getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      InputStream in = new BufferedInputStream(socket.getInputStream());
      assertThat(RawAnswer.read(in).body()).hasSize(300_000);
      // The end is said, not only there: otherwise this would fail.
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void theLastAnswerEndsWithAFarewell() throws Exception {
    serve(files(false, ""), TlsProfile.usual());
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      try (SSLSocket socket = socket(null, address("127.0.0.1"), protocol)) {
        String request = "GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = new BufferedInputStream(socket.getInputStream());
        assertThat(RawAnswer.read(in).body()).isEqualTo("the page");
        assertThat(in.read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void handshakesAreDoneWhereNoPageOfAPlainConnectionWaits() throws Exception {
    PortHarness serving = serve(files(false, ""), TlsProfile.usual());
    assertThat(page(null)).isEqualTo("the page");
    assertThat(pages.threads.take()).isEqualTo("kvorum-net");
    try (SSLSocket socket = socket(null, serving.port.httpAddresses().get(0))) {
      assertThat(ask(socket, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body())
          .isEqualTo("the page");
    }
    assertThat(pages.threads.take()).isEqualTo("kvorum-net");
    InetSocketAddress plain = address("127.0.0.2");
    try (Socket socket = new Socket(plain.getAddress(), plain.getPort())) {
      assertThat(ask(socket, GET_PAGE).body()).isEqualTo("the page");
    }
    assertThat(pages.threads.take()).isEqualTo("kvorum-accept");
  }

  @Test
  void halfOpenConnectionsAreCountedAndEndAfterAWhile() throws Exception {
    PortHarness serving = serve(files(false, ""), TlsProfile.usual());
    InetSocketAddress secured = address("127.0.0.1");
    // One that looks for open ports leaves no line.
    new Socket(secured.getAddress(), secured.getPort()).close();
    Await.until(
        "nothing is counted", Duration.ofSeconds(10), () -> serving.port.presenceBytes() == 0);
    try (Socket silent = new Socket(secured.getAddress(), secured.getPort())) {
      silent.setSoTimeout(60_000);
      Await.until(
          "the connection is counted",
          Duration.ofSeconds(10),
          () -> serving.port.presenceBytes() == Presence.CONNECTION_BYTES + Presence.TLS_BYTES);
      assertThat(bytesUntilTheEnd(silent)).isEmpty();
    }
    assertThat(log.lines()).hasSize(1);
    assertThat(log.lines().get(0)).endsWith("the handshake has taken longer than 10 s");
    Await.until(
        "nothing is counted", Duration.ofSeconds(10), () -> serving.port.presenceBytes() == 0);
  }

  @Test
  void clientsThatComeTooEarlyAreHeldAndServedLater() throws Exception {
    tls = ServerTls.open(files(false, ""), TlsProfile.usual());
    PortHarness starting = new PortHarness(settings(), pages, new TlsListeners(tls, Set.of(PLAIN)));
    harness = starting;
    CompletableFuture<Void> early = CompletableFuture.runAsync(() -> putOrThrow());
    Await.until("it waits", Duration.ofSeconds(20), () -> starting.port.waitingForGrpc() == 1);
    try (SSLSocket json = socket(null, address("127.0.0.1"))) {
      json.getOutputStream().write(post("early").getBytes(StandardCharsets.US_ASCII));
      Await.until("it waits", Duration.ofSeconds(20), () -> starting.port.waitingForHttp() == 1);
      assertThat(page(null)).isEqualTo("the page");
      starting.port.relayTo(endpoint.address());
      starting.port.provide(new StreamRegistry(() -> true), List.of(puts()));
      starting.port.serve();
      early.get(20, TimeUnit.SECONDS);
      assertThat(RawAnswer.read(new BufferedInputStream(json.getInputStream())).body())
          .isEqualTo("early");
    }
  }

  private void putOrThrow() {
    try {
      put((TestAuthority.Identity) null);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Test
  void aConnectionForWhichThereIsNoRoomIsClosed() throws Exception {
    tls = ServerTls.open(files(false, ""), TlsProfile.usual());
    PortHarness small =
        new PortHarness(
            settings().withMemory(Long.MAX_VALUE / 2, Presence.TLS_BYTES),
            pages,
            new TlsListeners(tls, Set.of(PLAIN)));
    harness = small;
    assertThatThrownBy(() -> page(null)).isInstanceOf(IOException.class);
    InetSocketAddress plain = address("127.0.0.2");
    try (Socket socket = new Socket(plain.getAddress(), plain.getPort())) {
      assertThat(ask(socket, GET_PAGE).body()).isEqualTo("the page");
    }
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void aSessionIsResumedUntilTheFilesChange(TlsProfile profile) throws Exception {
    serve(files(false, ""), profile);
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      SSLContext client = context(null);
      long first = resumed(client, protocol);
      authority.server("next").write(directory, "server");
      tls.check();
      assertThat(beginOfSession(client, protocol)).as(protocol).isGreaterThan(first);
    }
  }

  @Test
  void aClientThatIsRevokedCannotResumeItsSession() throws Exception {
    Path revoked = directory.resolve("revoked.crl");
    authority.revoke(revoked);
    serve(files(true, revoked.toString()), TlsProfile.usual());
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      TestAuthority.Identity alice = authority.client("alice");
      SSLContext client = context(alice);
      resumed(client, protocol);
      authority.revoke(revoked, alice.certificate());
      tls.check();
      assertThatThrownBy(() -> beginOfSession(client, protocol)).isInstanceOf(IOException.class);
      authority.revoke(revoked);
      tls.check();
    }
  }

  /** Makes a session, and resumes it; when it was made. */
  private long resumed(SSLContext client, String protocol) throws Exception {
    long first = beginOfSession(client, protocol);
    Await.until("the clock", Duration.ofSeconds(1), () -> System.currentTimeMillis() > first + 1);
    assertThat(beginOfSession(client, protocol)).as(protocol).isEqualTo(first);
    return first;
  }

  /** When the session was made that secures a new connection, in milliseconds. */
  private long beginOfSession(SSLContext client, String protocol) throws Exception {
    try (SSLSocket socket = connect(client, address("127.0.0.1"), protocol)) {
      // In TLS 1.3 the ticket comes with or before the answer.
      assertThat(ask(socket, GET_PAGE).body()).isEqualTo("the page");
      return socket.getSession().getCreationTime();
    }
  }

  @Test
  void aResumedSessionKeepsTheCertificate() throws Exception {
    serve(files(true, ""), TlsProfile.usual());
    TestAuthority.Identity alice = authority.client("alice");
    SslContext context =
        GrpcSslContexts.forClient()
            .trustManager(authority.certificate())
            .keyManager(alice.keys().getPrivate(), alice.certificate())
            .build();
    for (int i = 0; i < 3; i++) {
      put(context);
      assertThat(callers.take()).isEqualTo("true CN=alice");
    }
  }

  @Test
  void replacedFilesCountForNewConnections() throws Exception {
    Path revoked = directory.resolve("revoked.crl");
    authority.revoke(revoked);
    serve(files(true, revoked.toString()), TlsProfile.usual());
    TestAuthority.Identity alice = authority.client("alice");
    try (SSLSocket before = socket(alice, address("127.0.0.1"))) {
      assertThat(ask(before, GET_PAGE).body()).isEqualTo("the page");
      assertThat(nameOfServer(before)).isEqualTo("CN=first");
      authority.server("second").write(directory, "server");
      tls.start();
      Await.until(
          "the new certificate",
          Duration.ofSeconds(20),
          () -> {
            try (SSLSocket socket = socket(alice, address("127.0.0.1"))) {
              socket.startHandshake();
              return nameOfServer(socket).equals("CN=second");
            }
          });
      authority.revoke(revoked, alice.certificate());
      Await.until("the revocation", Duration.ofSeconds(20), () -> isRefused(alice));
      assertThat(log.lines()).last().asString().endsWith(revokedText(alice));
      assertThat(ask(before, GET_PAGE).body()).isEqualTo("the page");

      TestAuthority other = new TestAuthority("other");
      other.write(directory, "ca");
      Await.until(
          "the new authority", Duration.ofSeconds(20), () -> !isRefused(other.client("bob")));
      assertThatCode(() -> page(other.client("carol"))).doesNotThrowAnyException();
      assertThat(isRefused(authority.client("dave"))).isTrue();
    }
  }

  private static String nameOfServer(SSLSocket socket) throws SSLException {
    return socket.getSession().getPeerPrincipal().getName();
  }

  private boolean isRefused(TestAuthority.Identity client) throws Exception {
    try {
      return !page(client).equals("the page");
    } catch (IOException refused) {
      return true;
    }
  }
}
