package io.kvorum.launcher;

import io.kvorum.testing.ServerProcess;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A service manager's end of {@code sd_notify(3)}: keeps what arrives. Thread-safe. */
final class NotifySocket implements AutoCloseable {
  private final Path path;
  private final EventLoopGroup loop = new EpollEventLoopGroup(1);
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

  /** Listens at that path. */
  NotifySocket(Path path) {
    this.path = path;
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
        .bind(new DomainSocketAddress(path.toString()))
        .syncUninterruptibly();
  }

  /** The environment of what is to be watched. */
  Map<String, String> environment() {
    return Map.of("NOTIFY_SOCKET", path.toString());
  }

  /** Takes the next message, or null if there is none. */
  String next() throws InterruptedException {
    return messages.poll(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** What has arrived and was not taken. */
  List<String> pending() {
    return List.copyOf(messages);
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }
}
