package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.service.ClientLimits;
import io.kvorum.testing.Await;
import io.kvorum.testing.CapturedLog;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TestAuthority;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tls.TlsProfile;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client port at Unix domain sockets, beside addresses of the internet. */
@Timeout(120)
final class SocketPortTest {
  private static final InetSocketAddress INTERNET = new InetSocketAddress("127.0.0.1", 0);
  private static final String GET_PAGE = "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String POST =
      "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

  @TempDir private Path directory;
  private final OnePage pages = new OnePage();
  private final HttpEndpoint endpoint;
  private final EventLoopGroup clientLoop = new EpollEventLoopGroup(1);
  private final BlockingQueue<SocketAddress> callers = new LinkedBlockingQueue<>();
  private @Nullable PortHarness harness;

  SocketPortTest() throws IOException {
    endpoint = new HttpEndpoint();
  }

  @AfterEach
  void close() throws IOException {
    if (harness != null) {
      harness.close();
    }
    endpoint.close();
    clientLoop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }

  private UnixDomainSocketAddress at(String name) {
    return UnixDomainSocketAddress.of(directory.resolve(name));
  }

  private static PortSettings settings(SocketAddress... client) {
    return PortSettings.of(
        List.of(client), new ClientLimits(1 << 20, 128, 4 << 20), Duration.ofSeconds(1));
  }

  private PortHarness serve(PortSettings settings, TlsListeners tls) throws IOException {
    PortHarness serving = new PortHarness(settings, pages, tls);
    harness = serving;
    return serving.serve(
        endpoint, NotedPuts.shownTo((call, caller) -> callers.add(caller.address())));
  }

  private void put(UnixDomainSocketAddress socket, @Nullable SslContext tls) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.getPath().toString()))
            .eventLoopGroup(clientLoop)
            .channelType(EpollDomainSocketChannel.class)
            .overrideAuthority("localhost");
    ManagedChannel channel =
        (tls == null ? builder.usePlaintext() : builder.sslContext(tls)).build();
    try {
      KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build());
    } finally {
      channel.shutdownNow();
    }
  }

  private static RawAnswer ask(SocketAddress socket, String request) throws IOException {
    try (SocketChannel client = SocketChannel.open(socket);
        InputStream in = new BufferedInputStream(Channels.newInputStream(client))) {
      client.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      return RawAnswer.read(in);
    }
  }

  @Test
  void grpcJsonAndPagesShareASocketBesideAPort() throws Exception {
    try (CapturedLog netty = CapturedLog.of("io.netty.bootstrap.ServerBootstrap")) {
      PortHarness serving = serve(settings(at("s"), INTERNET), TlsListeners.none());
      put(at("s"), null);
      assertThat(ask(at("s"), GET_PAGE).body()).isEqualTo("the page");
      assertThat(ask(at("s"), POST).body()).isEqualTo("hello");
      try (Socket socket = serving.socket()) {
        socket.getOutputStream().write(POST.getBytes(StandardCharsets.US_ASCII));
        assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("hello");
      }
      assertThat(netty.lines()).isEmpty();
    }
  }

  @Test
  void aClientIsKnownByItsSocketAndItsUser() throws Exception {
    serve(settings(at("s")).withMostPerAddress(1), TlsListeners.none());
    put(at("s"), null);
    put(at("s"), null);
    SocketAddress caller = callers.take();
    Object user = Files.getAttribute(directory, "unix:uid");
    assertThat(caller).hasToString("unix:" + directory.resolve("s") + " uid=" + user);
    assertThat(caller).isEqualTo(callers.take());
  }

  /** A limit for an address that all of them share would lock out all but a few. */
  @Test
  void theLimitOfAnAddressIsNotOneOfASocket() throws Exception {
    serve(settings(at("s")).withMostPerAddress(1), TlsListeners.none());
    try (SocketChannel first = SocketChannel.open(at("s"));
        SocketChannel second = SocketChannel.open(at("s"))) {
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      assertThat(ask(at("s"), GET_PAGE).body()).isEqualTo("the page");
    }
  }

  @Test
  void theFileIsMadeAnewAndRemovedInTheEnd() throws Exception {
    for (int start = 0; start < 2; start++) {
      PortHarness serving = serve(settings(at("s")), TlsListeners.none());
      assertThat(ask(at("s"), GET_PAGE).body()).isEqualTo("the page");
      assertThat(serving.port.addresses()).isEmpty();
      serving.close();
      assertThat(directory.resolve("s")).doesNotExist();
      leaveSocket(at("s"));
    }
    assertThat(directory.resolve("s")).exists();
  }

  @Test
  void theFileHasThePermissionsThatTheUmaskLeaves() throws Exception {
    serve(settings(at("s")), TlsListeners.none());
    Path made = Files.createDirectory(directory.resolve("made"));
    assertThat(Files.getPosixFilePermissions(directory.resolve("s")))
        .isEqualTo(Files.getPosixFilePermissions(made));
  }

  private static void leaveSocket(UnixDomainSocketAddress address) throws IOException {
    ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address).close();
  }

  @Test
  void whatCannotBeListenedOnIsNamed() throws Exception {
    Files.writeString(directory.resolve("mine"), "mine");
    assertThatThrownBy(() -> serve(settings(at("mine")), TlsListeners.none()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot listen on "
                + directory.resolve("mine")
                + ": a file that is not a socket is in the way");
    assertThat(directory.resolve("mine")).hasContent("mine");
    assertThatThrownBy(() -> serve(settings(at("none/s")), TlsListeners.none()))
        .hasMessage(
            "cannot listen on " + directory.resolve("none/s") + ": no such file or directory");
    serve(settings(at("s")), TlsListeners.none());
    assertThatThrownBy(() -> new PortHarness(settings(at("s")), pages))
        .hasMessage("cannot listen on " + directory.resolve("s") + ": Address already in use");
    assertThat(ask(at("s"), GET_PAGE).body()).isEqualTo("the page");
  }

  @Test
  void aSocketMayBeSecuredBesideOneThatIsNot() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.server("first").write(directory, "server");
    SslContext trusting = GrpcSslContexts.forClient().trustManager(authority.certificate()).build();
    try (ServerTls tls =
            ServerTls.open(
                TlsFiles.of(
                    directory.resolve("server.pem").toString(),
                    directory.resolve("server.key").toString()),
                TlsProfile.usual());
        CapturedLog refused = CapturedLog.of("io.kvorum.tls.RefusedHandshakes")) {
      serve(settings(at("secured"), at("plain")), new TlsListeners(tls, Set.of(at("plain"))));
      put(at("secured"), trusting);
      put(at("plain"), null);
      assertThat(ask(at("plain"), POST).body()).isEqualTo("hello");
      assertThat(ask(at("secured"), POST).body()).doesNotContain("hello");
      Await.until("a line", Duration.ofSeconds(10), () -> !refused.lines().isEmpty());
      assertThat(refused.lines())
          .singleElement()
          .asString()
          .startsWith(
              "rejected a connection of a client of the socket "
                  + directory.resolve("secured")
                  + ": ");
    }
  }

  @Test
  void eachListenerThatServesIsLogged() throws Exception {
    try (CapturedLog log = CapturedLog.of(ClientPort.class)) {
      PortHarness serving =
          serve(
              settings(INTERNET, at("g")).withHttp(List.of(at("h")), List.of(at("metrics"))),
              TlsListeners.none());
      String insecure =
          "serving client traffic insecurely; this is strongly discouraged! (traffic: ";
      assertThat(log.lines())
          .containsExactlyInAnyOrder(
              insecure + "grpc, address: 127.0.0.1:" + serving.address().getPort() + ")",
              insecure + "grpc, address: " + directory.resolve("g") + ")",
              insecure + "http, address: " + directory.resolve("h") + ")");
      assertThat(ask(at("h"), POST).body()).isEqualTo("hello");
      assertThat(ask(at("h"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status()).doesNotContain(" 200 ");
      assertThat(ask(at("g"), POST).body()).contains("--listen-client-http-urls");
      assertThat(ask(at("metrics"), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body())
          .isEqualTo("the page");
      assertThat(ask(at("metrics"), GET_PAGE).status()).contains("404");
    }
  }

  /** Where epoll is not available. */
  @Test
  void theJdksSocketsServeToo() throws Exception {
    EventLoopGroup loops = Transport.NIO.newLoops(1, "test");
    HttpListeners listeners =
        new HttpListeners(
            Transport.NIO, loops, loops, new Presence(Long.MAX_VALUE / 2, 0), TlsListeners.none());
    try {
      listeners.listen(
          List.of(at("nio"), INTERNET),
          loops,
          new HttpFront.Offer(
              pages,
              null,
              settings(INTERNET).bounds().http(),
              loop -> new HeldBytes(1 << 20),
              null,
              1));
      assertThat(ask(at("nio"), GET_PAGE).body()).isEqualTo("the page");
      listeners.close();
      assertThat(directory.resolve("nio")).doesNotExist();
    } finally {
      loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS).sync();
    }
  }
}
