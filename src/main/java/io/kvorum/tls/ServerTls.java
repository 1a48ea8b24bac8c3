package io.kvorum.tls;

import io.kvorum.support.Log;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Secures the connections of a listener with what its files hold now: a replacement counts for the
 * connections that come after it, those that are open stay. Thread-safe.
 *
 * <p>Held by: ServerTlsTest, TlsPortTest, PeerTlsTest.
 */
public final class ServerTls implements AutoCloseable {
  /** How long a client may take for its handshake. */
  static final long HANDSHAKE_SECONDS = 10;

  private static final Log LOG = Log.of(ServerTls.class);

  private final String means;
  private final TlsSource source;
  private final RefusedHandshakes refused;
  private final @Nullable Executor handshakes;

  /**
   * @param means what encrypts, for the log
   */
  private ServerTls(
      String means, TlsSource source, RefusedHandshakes refused, @Nullable Executor handshakes) {
    this.means = means;
    this.source = source;
    this.refused = refused;
    this.handshakes = handshakes;
  }

  /**
   * Reads the files; for clients, whose handshakes are done on their event loops.
   *
   * @throws IOException if they cannot be used; the message, one line, names the file
   */
  public static ServerTls open(TlsFiles files, TlsProfile profile) throws IOException {
    TlsSource source =
        TlsSource.open(
            files,
            material ->
                new TlsContexts(
                    material.clientPort(profile, false), material.clientPort(profile, true), null));
    return new ServerTls(
        NativeTls.describe(profile, files.demandsCertificate()),
        source,
        RefusedHandshakes.ofClients(System::nanoTime),
        null);
  }

  /**
   * The listener of members.
   *
   * @param source has what secures connections that come in
   * @param handshakes does what takes long in a handshake
   */
  static ServerTls ofPeers(TlsSource source, Executor handshakes) {
    return new ServerTls(
        "the JDK's TLS", source, RefusedHandshakes.ofMembers(System::nanoTime), handshakes);
  }

  /** Watches the files from now on. */
  public void start() {
    LOG.info("connections are secured by {}", means);
    source.start();
  }

  /** Looks at the files once; called by one thread at a time, periodically. */
  public void check() {
    source.check();
  }

  /**
   * What secures a new connection of that channel. A client that does not complete the handshake
   * within {@value #HANDSHAKE_SECONDS} s is disconnected. A handshake that fails is logged.
   */
  public SslHandler newHandler(Channel channel) {
    return timed(channel, handler(channel));
  }

  /**
   * The same for a client that gets HTTP/2 if it offers that beside HTTP/1.1. Only where clients
   * have the choice.
   */
  public SslHandler newHandlerPreferringHttp2(Channel channel) {
    return timed(channel, source.get().requireHttp2().newHandler(channel.alloc()));
  }

  private SslHandler timed(Channel channel, SslHandler handler) {
    handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                refused.report(clientOf(channel), done.cause());
              }
            });
    return handler;
  }

  private SslHandler handler(Channel channel) {
    SslContext context = source.get().requireAccepted();
    if (handshakes == null || !(channel.remoteAddress() instanceof InetSocketAddress client)) {
      return context.newHandler(channel.alloc());
    }
    return context.newHandler(
        channel.alloc(), client.getAddress().getHostAddress(), client.getPort(), handshakes);
  }

  /** A client of a Unix domain socket has no address. */
  private static SocketAddress clientOf(Channel channel) {
    SocketAddress remote = channel.remoteAddress();
    return remote instanceof InetSocketAddress || channel.parent() == null
        ? remote
        : channel.parent().localAddress();
  }

  /** Watches no longer. */
  @Override
  public void close() {
    source.close();
  }
}
