package io.kvorum.grpc;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/**
 * Selects the implementation of sockets, over TCP and Unix domain ones: epoll where it is
 * available, otherwise the JDK's.
 *
 * <p>Held by: ClientPortTest, SocketPortTest.
 */
enum Transport {
  EPOLL(
      EpollServerSocketChannel.class,
      EpollServerDomainSocketChannel.class,
      EpollSocketChannel.class),
  NIO(NioServerSocketChannel.class, NioServerDomainSocketChannel.class, NioSocketChannel.class);

  private final Class<? extends ServerSocketChannel> serverChannelType;
  private final Class<? extends ServerChannel> socketType;
  private final Class<? extends SocketChannel> channelType;

  Transport(
      Class<? extends ServerSocketChannel> serverChannelType,
      Class<? extends ServerChannel> socketType,
      Class<? extends SocketChannel> channelType) {
    this.serverChannelType = serverChannelType;
    this.socketType = socketType;
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

  /** What listens on such an address. */
  Class<? extends ServerChannel> listenerType(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress ? socketType : serverChannelType;
  }

  /** The address as its channel takes it. */
  SocketAddress bindable(SocketAddress address) {
    return this == EPOLL && address instanceof UnixDomainSocketAddress socket
        ? new DomainSocketAddress(socket.getPath().toString())
        : address;
  }

  Class<? extends SocketChannel> channelType() {
    return channelType;
  }
}
