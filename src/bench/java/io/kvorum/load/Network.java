package io.kvorum.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
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

/** The event loops of the client and what opens connections on them. Thread-safe. */
final class Network implements AutoCloseable {

  private static final int CONNECT_MILLIS = 10_000;

  private final EventLoopGroup loops;
  private final Class<? extends SocketChannel> channelType;

  Network(int threads) {
    if (Epoll.isAvailable()) {
      loops = new EpollEventLoopGroup(threads);
      channelType = EpollSocketChannel.class;
    } else {
      loops = new NioEventLoopGroup(threads);
      channelType = NioSocketChannel.class;
    }
  }

  GrpcConnection grpc(URI endpoint, int streamWindow) {
    GrpcConnection connection = new GrpcConnection(endpoint.getAuthority(), streamWindow);
    connect(endpoint, connection);
    return connection;
  }

  JsonConnection json(URI endpoint) {
    JsonConnection connection = new JsonConnection(endpoint.getAuthority());
    connect(endpoint, new HttpResponseDecoder(), connection);
    return connection;
  }

  private void connect(URI endpoint, ChannelHandler... handlers) {
    if (!"http".equals(endpoint.getScheme()) || endpoint.getPort() < 0) {
      throw new IllegalArgumentException("endpoints are http://host:port, this is " + endpoint);
    }
    Channel channel =
        new Bootstrap()
            .group(loops)
            .channel(channelType)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel socket) {
                    socket.pipeline().addLast(handlers);
                  }
                })
            .connect(endpoint.getHost(), endpoint.getPort())
            .syncUninterruptibly()
            .channel();
    // channelActive runs on the event loop, maybe after connect() has returned to us.
    channel.eventLoop().submit(() -> {}).syncUninterruptibly();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
