package io.kvorum.grpc;

import io.kvorum.service.RelayedConnections;
import io.kvorum.support.Log;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Relays a connection that is not HTTP/2 to the HTTP endpoint on loopback, over one connection of
 * its own, passing bytes in both directions without parsing them. One per connection; confined to
 * the event loop that both connections share.
 *
 * <p>Neither side is read faster than the other accepts. The connection to the endpoint is
 * registered in {@link RelayedConnections} before its first byte is sent: the container recognizes
 * relayed requests by that.
 */
final class HttpRelay extends RelayEnd {
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  private static final Log LOG = Log.of(HttpRelay.class);

  /**
   * Names the endpoint and how to connect to it.
   *
   * @param endpoint the endpoint; empty if there is none
   */
  record Target(
      Supplier<Optional<InetSocketAddress>> endpoint,
      RelayedConnections connections,
      Class<? extends SocketChannel> channelType) {}

  private final Target target;

  /** Bytes that arrived before the endpoint was connected. */
  private final Queue<Object> early = new ArrayDeque<>();

  private @Nullable Runnable onClientInputEnd;

  HttpRelay(Target target) {
    this.target = target;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Channel client = context.channel();
    client.config().setAutoRead(false);
    client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    Optional<InetSocketAddress> endpoint = target.endpoint().get();
    if (endpoint.isEmpty()) {
      refuse(client, "404 Not Found", "This port speaks gRPC; JSON is served elsewhere.\n");
      return;
    }
    new Bootstrap()
        .group(client.eventLoop())
        .channel(target.channelType())
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .handler(new EndpointEnd(client))
        .connect(endpoint.get())
        .addListener((ChannelFuture connected) -> onConnected(client, connected));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (hasPeer()) {
      super.channelRead(context, bytes);
    } else if (context.channel().isActive()) {
      early.add(bytes);
    } else {
      ReferenceCountUtil.release(bytes);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    releaseEarly();
    super.channelInactive(context);
  }

  @Override
  protected void onEnd(Channel endpoint) {
    // The client has disconnected, so the answer has no receiver.
    endpoint.close();
  }

  @Override
  protected void onInputEnd(Channel client) {
    Runnable action = onClientInputEnd;
    if (action != null) {
      action.run();
    }
    super.onInputEnd(client);
  }

  private void onConnected(Channel client, ChannelFuture connected) {
    Channel endpoint = connected.channel();
    if (!connected.isSuccess()) {
      LOG.warning("cannot connect to the HTTP endpoint: {}", connected.cause().getMessage());
      refuse(client, "502 Bad Gateway", "The HTTP endpoint of this member does not answer.\n");
      return;
    }
    if (!client.isActive()) {
      endpoint.close();
      return;
    }
    register(client, endpoint);
    setPeer(endpoint);
    for (Object bytes = early.poll(); bytes != null; bytes = early.poll()) {
      endpoint.write(bytes);
    }
    endpoint.flush();
    endpoint.config().setAutoRead(true);
    if (((SocketChannel) client).isInputShutdown()) {
      onInputEnd(client);
    } else {
      client.config().setAutoRead(endpoint.isWritable());
    }
  }

  private void register(Channel client, Channel endpoint) {
    int port = ((InetSocketAddress) endpoint.localAddress()).getPort();
    RelayedConnections.Client registered =
        new RelayedConnections.Client((InetSocketAddress) client.remoteAddress());
    target.connections().register(port, registered);
    onClientInputEnd = () -> target.connections().hasEndedRequests(port, registered);
    endpoint.closeFuture().addListener(closed -> target.connections().remove(port, registered));
  }

  private void releaseEarly() {
    for (Object bytes = early.poll(); bytes != null; bytes = early.poll()) {
      ReferenceCountUtil.release(bytes);
    }
  }

  private void refuse(Channel client, String status, String text) {
    releaseEarly();
    sendRefusal(client, status, text);
  }

  private static void sendRefusal(Channel client, String status, String text) {
    String answer =
        "HTTP/1.1 "
            + status
            + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: "
            + text.length()
            + "\r\n\r\n"
            + text;
    client
        .writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** Handles the connection to the HTTP endpoint. */
  private static final class EndpointEnd extends RelayEnd {
    private boolean hasAnswered;

    EndpointEnd(Channel client) {
      setPeer(client);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      hasAnswered = true;
      super.channelRead(context, bytes);
    }

    @Override
    protected void onInputEnd(Channel endpoint) {
      if (hasAnswered) {
        super.onInputEnd(endpoint);
      } else {
        endpoint.close();
      }
    }

    @Override
    protected void onEnd(Channel client) {
      if (hasAnswered || !client.isActive()) {
        // The empty write follows everything that is still to be sent to the client.
        client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      } else {
        sendRefusal(
            client, "502 Bad Gateway", "The HTTP endpoint of this member closed the connection.\n");
      }
    }
  }
}
