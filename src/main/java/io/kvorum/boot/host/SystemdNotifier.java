package io.kvorum.boot.host;

import io.kvorum.support.Log;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells the service manager that this process is ready, or stopping: one datagram each to the
 * socket that {@code NOTIFY_SOCKET} names, as {@code sd_notify(3)} does for units of {@code
 * Type=notify}. Does nothing where the variable is not set; a failure is logged, and has no other
 * consequence. Immutable; each call takes some milliseconds, and its thread ends with it.
 */
public final class SystemdNotifier {
  /** The variable that names the socket: a path, or {@code @} and an abstract name. */
  public static final String VARIABLE = "NOTIFY_SOCKET";

  private static final Log LOG = Log.of(SystemdNotifier.class);
  private static final long PATIENCE_MILLIS = 1_000;

  private final @Nullable String socket;

  private SystemdNotifier(@Nullable String socket) {
    this.socket = socket;
  }

  /** The service manager that has started this process, if one wants to know. */
  public static SystemdNotifier fromEnvironment(Map<String, String> environment) {
    String socket = environment.get(VARIABLE);
    return new SystemdNotifier(socket == null || socket.isEmpty() ? null : socket);
  }

  /**
   * Reports that clients are served.
   *
   * @param status a line for people, which {@code systemctl status} shows
   */
  public void ready(String status) {
    notify("READY=1\nSTATUS=" + status.replace('\n', ' '));
  }

  /** Reports that the stop has begun. */
  public void stopping() {
    notify("STOPPING=1");
  }

  private void notify(String state) {
    if (socket == null) {
      return;
    }
    try {
      send(state, socket);
    } catch (IOException | RuntimeException failure) {
      LOG.warning(
          "cannot notify the service manager at {}={}: {}", VARIABLE, socket, failure.getMessage());
    }
  }

  /** The JDK has no datagram sockets of this kind before Java 22, and Netty only native ones. */
  private static void send(String state, String socket) throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException(
          "Netty's native library for epoll cannot be loaded here: "
              + Epoll.unavailabilityCause().getMessage());
    }
    if (!socket.startsWith("/") && !socket.startsWith("@")) {
      throw new IOException("neither a path nor an abstract name");
    }
    EventLoopGroup loop =
        new EpollEventLoopGroup(1, new DefaultThreadFactory("kvorum-notify", true));
    try {
      Channel channel =
          completed(
                  new Bootstrap()
                      .group(loop)
                      .channel(EpollDomainDatagramChannel.class)
                      .handler(new ChannelInboundHandlerAdapter())
                      .connect(new DomainSocketAddress(socket.replaceFirst("^@", "\0"))))
              .channel();
      completed(channel.writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.UTF_8)));
    } finally {
      loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }
  }

  private static ChannelFuture completed(ChannelFuture step) throws IOException {
    if (!step.awaitUninterruptibly(PATIENCE_MILLIS)) {
      throw new IOException("it does not take the message");
    }
    if (!step.isSuccess()) {
      throw new IOException(reason(step.cause()), step.cause());
    }
    return step;
  }

  /** Netty has no message for the most likely one. */
  private static String reason(Throwable failure) {
    return failure instanceof FileNotFoundException
        ? "no such socket"
        : Objects.requireNonNullElse(failure.getMessage(), failure.toString());
  }
}
