package io.kvorum.grpc;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * Selects the socket implementation: epoll where it is available, otherwise the JDK's.
 *
 * <p>Held by: ClientPortTest.
 */
enum Transport {
  EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class),
  NIO(NioServerSocketChannel.class, NioSocketChannel.class);

  private final Class<? extends ServerSocketChannel> serverChannelType;
  private final Class<? extends SocketChannel> channelType;

  Transport(
      Class<? extends ServerSocketChannel> serverChannelType,
      Class<? extends SocketChannel> channelType) {
    this.serverChannelType = serverChannelType;
    this.channelType = channelType;
  }

  static Transport best() {
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  /**
   * Starts event loops.
   *
   * @param name of their threads
   */
  EventLoopGroup newLoops(int count, String name) {
    DefaultThreadFactory threads = new DefaultThreadFactory(name, true);
    return switch (this) {
      case EPOLL -> new EpollEventLoopGroup(count, threads);
      case NIO -> new NioEventLoopGroup(count, threads);
    };
  }

  Class<? extends ServerSocketChannel> serverChannelType() {
    return serverChannelType;
  }

  Class<? extends SocketChannel> channelType() {
    return channelType;
  }
}
