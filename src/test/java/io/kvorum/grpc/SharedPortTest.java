package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.CapturedLog;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TestAuthority;
import io.kvorum.tls.TestSockets;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tls.TlsProfile;
import java.io.BufferedInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listeners that are named plain and secured: each client has it as it likes. */
@Timeout(120)
class SharedPortTest {
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 0);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String GET_PAGE = "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String POST =
      "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

  @TempDir private Path directory;
  private final HttpEndpoint endpoint;
  private final OnePage pages = new OnePage();
  private final BlockingQueue<Boolean> areSecured = new LinkedBlockingQueue<>();
  private TestAuthority authority;
  private CapturedLog log;
  private ServerTls tls;
  private PortHarness harness;

  SharedPortTest() throws IOException {
    endpoint = new HttpEndpoint();
  }

  @BeforeEach
  void listen() throws Exception {
    log = CapturedLog.of(ClientPort.class);
    authority = new TestAuthority("ca");
    authority.server("first").write(directory, "server");
    tls =
        ServerTls.open(
            TlsFiles.of(
                directory.resolve("server.pem").toString(),
                directory.resolve("server.key").toString()),
            TlsProfile.usual());
    harness =
        new PortHarness(
            PortHarness.settings(0), pages, new TlsListeners(tls, Set.of(), Set.of(ADDRESS)));
  }

  @AfterEach
  void close() throws IOException {
    harness.close();
    tls.close();
    endpoint.close();
    log.close();
  }

  private void serve() {
    harness.serve(
        endpoint, NotedPuts.shownTo((call, caller) -> areSecured.add(caller.isSecured())));
  }

  private Socket plain(InetSocketAddress to) throws IOException {
    Socket socket = new Socket(to.getAddress(), to.getPort());
    socket.setSoTimeout((int) SOON.toMillis());
    return socket;
  }

  private SSLSocket secured(InetSocketAddress to) throws Exception {
    return TestSockets.connect(authority, null, to);
  }

  private static void send(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  private static String body(Socket socket) throws IOException {
    return RawAnswer.read(new BufferedInputStream(socket.getInputStream())).body();
  }

  private static String ask(Socket socket, String request) throws IOException {
    send(socket, request);
    return body(socket);
  }

  private void put(boolean isSecured) throws Exception {
    NettyChannelBuilder builder = NettyChannelBuilder.forAddress(harness.address());
    ManagedChannel channel =
        isSecured
            ? builder
                .sslContext(
                    GrpcSslContexts.forClient().trustManager(authority.certificate()).build())
                .build()
            : builder.usePlaintext().build();
    try {
      KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(SOON.toSeconds(), TimeUnit.SECONDS)
          .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build());
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void grpcJsonAndPagesAreServedWithTlsAndWithout() throws Exception {
    serve();
    InetSocketAddress address = harness.address();
    for (int round = 0; round < 3; round++) {
      put(true);
      assertThat(areSecured.take()).isTrue();
      put(false);
      assertThat(areSecured.take()).isFalse();
      try (Socket plain = plain(address);
          SSLSocket secured = secured(address)) {
        for (String text : List.of("hello", "hello")) {
          assertThat(ask(plain, POST)).isEqualTo(text);
          assertThat(ask(secured, POST)).isEqualTo(text);
        }
      }
      try (Socket plain = plain(address);
          SSLSocket secured = secured(address)) {
        assertThat(ask(plain, GET_PAGE)).isEqualTo("the page");
        assertThat(ask(secured, GET_PAGE)).isEqualTo("the page");
      }
    }
    Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
    String where = " (traffic: grpc+http, address: 127.0.0.1:" + address.getPort() + ")";
    assertThat(log.lines())
        .containsExactly(
            "serving client traffic insecurely; this is strongly discouraged!" + where,
            "serving client traffic securely" + where);
  }

  @Test
  void aSecuredClientOfHttpMayHaveHttp2() throws Exception {
    serve();
    try (SSLSocket socket = secured(harness.address())) {
      var parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
    }
  }

  @Test
  void aClientMaySendByteByByte() throws Exception {
    serve();
    try (Socket plain = dribbling();
        SSLSocket secured =
            (SSLSocket)
                TestSockets.context(authority, null)
                    .getSocketFactory()
                    .createSocket(dribbling(), "127.0.0.1", harness.address().getPort(), true)) {
      assertThat(ask(plain, POST)).isEqualTo("hello");
      assertThat(ask(secured, POST)).isEqualTo("hello");
    }
  }

  private Socket dribbling() throws IOException {
    Socket socket =
        new Socket() {
          @Override
          public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()); // which writes single bytes
          }
        };
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) SOON.toMillis());
    socket.connect(harness.address());
    return socket;
  }

  @Test
  void clientsThatComeBeforeItServesWaitEachInItsWay() throws Exception {
    InetSocketAddress address = harness.address();
    CompletableFuture<Void> puts = CompletableFuture.allOf(putLater(true), putLater(false));
    Await.until("they wait", SOON, () -> harness.port.waitingForGrpc() == 2);
    try (Socket plain = plain(address);
        SSLSocket secured = secured(address)) {
      send(plain, POST);
      send(secured, POST);
      Await.until("they wait", SOON, () -> harness.port.waitingForHttp() == 2);
      serve();
      assertThat(body(plain)).isEqualTo("hello");
      assertThat(body(secured)).isEqualTo("hello");
    }
    puts.get(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(List.of(areSecured.take(), areSecured.take())).containsOnlyOnce(true, false);
  }

  private CompletableFuture<Void> putLater(boolean isSecured) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            put(isSecured);
          } catch (Exception failed) {
            throw new IllegalStateException(failed);
          }
        });
  }

  @Test
  void aPlainClientThatHasEndedItsSideIsAnswered() throws Exception {
    serve();
    try (Socket plain = plain(harness.address())) {
      send(plain, POST);
      plain.shutdownOutput();
      assertThat(body(plain)).isEqualTo("hello");
    }
    try (Socket silent = plain(harness.address())) {
      silent.shutdownOutput();
      assertThat(silent.getInputStream().read()).isNegative();
    }
    Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
  }

  @Test
  void aClientThatBeginsAHandshakeHasItsTime() throws Exception {
    serve();
    try (CapturedLog refused = CapturedLog.of("io.kvorum.tls.RefusedHandshakes");
        Socket socket = plain(harness.address())) {
      socket.getOutputStream().write(22);
      assertThat(socket.getInputStream().read()).isNegative();
      assertThat(refused.lines())
          .singleElement()
          .asString()
          .endsWith("the handshake has taken longer than 10 s");
    }
    Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
  }

  @Test
  void anAddressForHttpAloneIsSharedToo() throws Exception {
    harness.close();
    harness =
        new PortHarness(
            PortHarness.settings(0).withHttp(List.of(ADDRESS), List.of()),
            pages,
            new TlsListeners(tls, Set.of(), Set.of(ADDRESS)));
    serve();
    InetSocketAddress address = harness.port.httpAddresses().get(0);
    try (Socket plain = plain(address);
        SSLSocket secured = secured(address)) {
      assertThat(ask(plain, POST)).isEqualTo("hello");
      assertThat(ask(secured, POST)).isEqualTo("hello");
      assertThat(ask(plain, GET_PAGE)).isEqualTo("the page");
      assertThat(ask(secured, GET_PAGE)).isEqualTo("the page");
    }
    try (CapturedLog netty = CapturedLog.of("io.netty.channel.DefaultChannelPipeline")) {
      try (Socket reset = plain(address)) {
        Await.until("it is there", SOON, () -> harness.port.presenceBytes() > 0);
        reset.setSoLinger(true, 0);
      }
      Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
      assertThat(netty.lines()).isEmpty();
    }
  }
}
