package io.kvorum.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of the client and what opens connections on them, secured where the endpoint says
 * so, and on behalf of one user or none. Thread-safe.
 */
final class Network implements AutoCloseable {

  private static final int CONNECT_MILLIS = 10_000;

  private final EventLoopGroup loops;
  private final Class<? extends SocketChannel> channelType;
  private final @Nullable ClientKeys keys;
  private final @Nullable String token;

  Network(int threads) {
    this(threads, null, null);
  }

  /**
   * @param keys what secures connections to https endpoints; null if there are none
   * @param token what all requests carry; null if they come from nobody
   */
  Network(int threads, @Nullable ClientKeys keys, @Nullable String token) {
    this.keys = keys;
    this.token = token;
    if (Epoll.isAvailable()) {
      loops = new EpollEventLoopGroup(threads);
      channelType = EpollSocketChannel.class;
    } else {
      loops = new NioEventLoopGroup(threads);
      channelType = NioSocketChannel.class;
    }
  }

  GrpcConnection grpc(URI endpoint, int streamWindow) {
    GrpcConnection connection = new GrpcConnection(endpoint.getAuthority(), token, streamWindow);
    connect(endpoint, true, connection);
    return connection;
  }

  JsonConnection json(URI endpoint) {
    JsonConnection connection = new JsonConnection(endpoint.getAuthority(), token);
    connect(endpoint, false, new HttpResponseDecoder(), connection);
    return connection;
  }

  private void connect(URI endpoint, boolean isHttp2, ChannelHandler... handlers) {
    Channel channel = open(endpoint, isHttp2, true, handlers).syncUninterruptibly().channel();
    // channelActive runs on the event loop, maybe after connect() has returned to us.
    channel.eventLoop().submit(() -> {}).syncUninterruptibly();
  }

  /**
   * Begins to open a connection.
   *
   * @param mayResume whether it may resume a session of an earlier one
   */
  ChannelFuture open(URI endpoint, boolean isHttp2, boolean mayResume, ChannelHandler... handlers) {
    boolean isSecure = "https".equals(endpoint.getScheme());
    if (!isSecure && !"http".equals(endpoint.getScheme()) || endpoint.getPort() < 0) {
      throw new IllegalArgumentException("endpoints are http[s]://host:port, this is " + endpoint);
    }
    if (isSecure && keys == null) {
      throw new IllegalArgumentException("--cacert is missing, for " + endpoint);
    }
    return new Bootstrap()
        .group(loops)
        .channel(channelType)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel socket) {
                if (isSecure) {
                  socket.pipeline().addLast(keys.handler(socket, endpoint, isHttp2, mayResume));
                }
                socket.pipeline().addLast(handlers);
              }
            })
        .connect(endpoint.getHost(), endpoint.getPort());
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
