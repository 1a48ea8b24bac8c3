package io.kvorum.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A service manager's end of {@code sd_notify(3)}: keeps what arrives. Thread-safe. */
public final class NotifySocket implements AutoCloseable {
  private final String name;
  private final EventLoopGroup loop = new EpollEventLoopGroup(1);
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

  /**
   * Listens.
   *
   * @param name a path, or {@code @} and an abstract name
   */
  public NotifySocket(String name) {
    this.name = name;
    new Bootstrap()
        .group(loop)
        .channel(EpollDomainDatagramChannel.class)
        .handler(
            new SimpleChannelInboundHandler<DomainDatagramPacket>() {
              @Override
              protected void channelRead0(ChannelHandlerContext at, DomainDatagramPacket packet) {
                messages.add(packet.content().toString(StandardCharsets.UTF_8));
              }
            })
        .bind(new DomainSocketAddress(name.startsWith("@") ? "\0" + name.substring(1) : name))
        .syncUninterruptibly();
  }

  /** The environment of what is to be watched. */
  public Map<String, String> environment() {
    return Map.of("NOTIFY_SOCKET", name);
  }

  /** Takes the next message, or null if there is none. */
  public String next() throws InterruptedException {
    return messages.poll(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** What has arrived and was not taken. */
  public List<String> pending() {
    return List.copyOf(messages);
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }
}
