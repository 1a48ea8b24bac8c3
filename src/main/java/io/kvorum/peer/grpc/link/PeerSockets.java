package io.kvorum.peer.grpc.link;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.InternalNettyChannelBuilder;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.kvorum.model.Command;
import io.kvorum.peer.PeerSettings;
import io.kvorum.support.GrpcLog;
import io.kvorum.support.Threads;
import io.kvorum.tls.PeerTls;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Opens the sockets between members, on both sides, and owns their event loops. All socket options
 * are set here, and what secures the sockets. Thread-safe.
 *
 * <p>Held by: GrpcPeerTransportTest, PeerBoundsTest.
 */
public final class PeerSockets implements AutoCloseable {
  static final int MAX_MESSAGE_BYTES = Command.MAX_ENCODED_BYTES + (4 << 20);
  private static final int FLOW_CONTROL_WINDOW = 1 << 20;
  private static final Duration LAST_GRACE = Duration.ofMillis(100);

  private final Duration keepAliveInterval;
  private final Duration keepAliveTimeout;
  private final PeerTls tls;
  private final boolean isEpoll = Epoll.isAvailable();
  private final EventLoopGroup loops;

  /**
   * @param tls is the caller's to close, after this
   */
  public PeerSockets(PeerSettings settings, PeerTls tls, int eventLoops) {
    this.tls = tls;
    GrpcLog.quieten();
    keepAliveInterval = settings.keepAliveInterval();
    keepAliveTimeout = settings.keepAliveTimeout();
    DefaultThreadFactory threads = new DefaultThreadFactory("kvorum-peer-net", true);
    loops =
        isEpoll
            ? new EpollEventLoopGroup(eventLoops, threads)
            : new NioEventLoopGroup(eventLoops, threads);
  }

  /** The executor for blocking work of the peer port: threads {@code kvorum-peer-<job>-<n>}. */
  public static ExecutorService newWorkers(String job) {
    return Executors.newCachedThreadPool(Threads.numberedDaemons("kvorum-peer-" + job));
  }

  /** The event loop for the next link or task, in turn. */
  public EventLoop nextLoop() {
    return loops.next();
  }

  /** Builds a server that has yet to be started. */
  public Server newServer(Iterable<InetSocketAddress> addresses, ServerServiceDefinition service) {
    ServerCredentials credentials =
        InternalNettyServerCredentials.create(PeerNegotiator.accepting(tls));
    NettyServerBuilder builder = null;
    for (InetSocketAddress address : addresses) {
      builder =
          builder == null
              ? NettyServerBuilder.forAddress(address, credentials)
              : builder.addListenAddress(address);
    }
    if (builder == null) {
      throw new IllegalArgumentException("no address to listen on");
    }
    builder
        .bossEventLoopGroup(loops)
        .workerEventLoopGroup(loops)
        .channelType(isEpoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
        .directExecutor()
        .flowControlWindow(FLOW_CONTROL_WINDOW)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .keepAliveTime(keepAliveInterval.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(keepAliveTimeout.toMillis(), TimeUnit.MILLISECONDS)
        .addService(service);
    InternalNettyServerBuilder.setStatsEnabled(builder, false);
    InternalNettyServerBuilder.setTracingEnabled(builder, false);
    return builder.build();
  }

  /**
   * The way to a member, with what secures it now; may block.
   *
   * @param target what the host of the URL was resolved to
   * @throws IOException if there is nothing to secure it with
   */
  public PeerRoute route(PeerAddress address, InetSocketAddress target) throws IOException {
    return new PeerRoute(address, target, address.isSecure() ? tls.forCall() : null);
  }

  /** Builds a channel to that address alone, on one event loop; it connects with its first call. */
  public ManagedChannel newChannel(PeerRoute route, EventLoop loop) {
    Class<? extends io.netty.channel.Channel> type =
        isEpoll ? EpollSocketChannel.class : NioSocketChannel.class;
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress((SocketAddress) route.target())
            .overrideAuthority(route.address().authority())
            .eventLoopGroup(loop)
            .channelType(type, InetSocketAddress.class)
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) keepAliveTimeout.toMillis())
            .directExecutor()
            .disableRetry()
            .disableServiceConfigLookUp()
            .proxyDetector(target -> null)
            .flowControlWindow(FLOW_CONTROL_WINDOW)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES);
    SslContext secured = route.tls();
    if (secured == null) {
      builder.usePlaintext();
    } else {
      InternalNettyChannelBuilder.setProtocolNegotiatorFactory(
          builder, () -> PeerNegotiator.calling(tls, secured, route.address()));
    }
    InternalNettyChannelBuilder.setStatsEnabled(builder, false);
    InternalNettyChannelBuilder.setTracingEnabled(builder, false);
    return builder.build();
  }

  /** Closes what is still open. */
  @Override
  public void close() {
    loops
        .shutdownGracefully(0, LAST_GRACE.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(5 * LAST_GRACE.toMillis());
  }
}
