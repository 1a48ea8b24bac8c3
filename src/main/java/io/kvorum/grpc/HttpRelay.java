package io.kvorum.grpc;

import io.kvorum.service.RelayedConnections;
import io.kvorum.support.Log;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Relays a connection that is not HTTP/2 to the HTTP endpoint on loopback, over one connection of
 * its own, passing bytes in both directions without parsing them. One per connection; confined to
 * the event loop that both connections share.
 *
 * <p>While the endpoint is not known, the connection is held, within {@link HoldLimits}. Neither
 * side is read faster than the other accepts. The connection to the endpoint is registered in
 * {@link RelayedConnections} before its first byte is sent: the container recognizes relayed
 * requests by that.
 */
final class HttpRelay extends RelayEnd {
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** By then the endpoint has accepted a connection, whether or not it has answered. */
  private static final long TURN_MILLIS = 100;

  private static final Log LOG = Log.of(HttpRelay.class);

  /**
   * Names the endpoint and how to connect to it.
   *
   * @param routing the endpoint, once there is one
   * @param relays takes the clients of connections
   * @param connectors admits the connections of an event loop to the endpoint
   */
  record Target(
      HttpRouting routing,
      HoldLimits limits,
      RelayedConnections connections,
      ChannelGroup relays,
      Class<? extends SocketChannel> channelType,
      Function<EventLoop, RelayConnector> connectors) {}

  private final Target target;

  /** Bytes that arrived before the endpoint was connected. */
  private final Queue<Object> early = new ArrayDeque<>();

  private int earlyBytes;
  private HoldingRoom.@Nullable Place place;
  private @Nullable ScheduledFuture<?> deadline;
  private @Nullable Runnable onClientInputEnd;

  HttpRelay(Target target) {
    this.target = target;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Channel client = context.channel();
    client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    HttpRouting.Route route = target.routing().route();
    if (route == null) {
      hold(client);
    } else {
      follow(client, route);
    }
  }

  /** Reading goes on for a while, so that the end of a client that gives up is seen. */
  private void hold(Channel client) {
    target.relays().add(client);
    place = target.routing().room().enter(client.eventLoop(), () -> leave(client));
    if (place == null) {
      refuse(client, PlainAnswer.starting("too many requests are waiting for it"));
      return;
    }
    deadline =
        client
            .eventLoop()
            .schedule(
                () -> refuse(client, PlainAnswer.starting("this request has waited too long")),
                target.limits().time().toNanos(),
                TimeUnit.NANOSECONDS);
    leave(client);
  }

  private void leave(Channel client) {
    HttpRouting.Route route = target.routing().route();
    if (route != null && place != null) {
      endHold();
      follow(client, route);
    }
  }

  private void endHold() {
    HoldingRoom.Place kept = place;
    if (kept != null) {
      kept.leave();
      place = null;
    }
    ScheduledFuture<?> running = deadline;
    if (running != null) {
      running.cancel(false);
      deadline = null;
    }
  }

  private void follow(Channel client, HttpRouting.Route route) {
    if (route instanceof HttpRouting.Relay relay) {
      target.relays().add(client);
      client.config().setAutoRead(false);
      target
          .connectors()
          .apply(client.eventLoop())
          .submit(turn -> connect(client, relay.endpoint(), turn));
    } else if (route instanceof HttpRouting.Refusal refusal) {
      refuse(client, refusal.answer().get());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (hasPeer()) {
      super.channelRead(context, bytes);
    } else if (context.channel().isActive()) {
      early.add(bytes);
      earlyBytes += ((ByteBuf) bytes).readableBytes();
      keepWithinLimits(context.channel());
    } else {
      ReferenceCountUtil.release(bytes);
    }
  }

  private void keepWithinLimits(Channel client) {
    HoldingRoom.Place kept = place;
    if (kept == null) {
      return;
    }
    if (!kept.hold(earlyBytes)) {
      refuse(client, PlainAnswer.starting("too much is waiting for it"));
    } else if (kept.isFull()) {
      client.config().setAutoRead(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    endHold();
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

  private void connect(Channel client, InetSocketAddress endpoint, RelayConnector.Turn turn) {
    if (!client.isActive()) {
      turn.end();
      return;
    }
    new Bootstrap()
        .group(client.eventLoop())
        .channel(target.channelType())
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .handler(new EndpointEnd(client, turn))
        .connect(endpoint)
        .addListener((ChannelFuture connected) -> onConnected(client, connected, turn));
  }

  private void onConnected(Channel client, ChannelFuture connected, RelayConnector.Turn turn) {
    Channel endpoint = connected.channel();
    if (!connected.isSuccess()) {
      turn.end();
      LOG.warning("cannot connect to the HTTP endpoint: {}", connected.cause().getMessage());
      refuse(client, PlainAnswer.badGateway("the HTTP endpoint of this member does not answer"));
      return;
    }
    if (!client.isActive()) {
      turn.end();
      endpoint.close();
      return;
    }
    client.eventLoop().schedule(turn::end, TURN_MILLIS, TimeUnit.MILLISECONDS);
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

  private void refuse(Channel client, PlainAnswer answer) {
    endHold();
    releaseEarly();
    target.relays().remove(client);
    HttpAnswers.sendLast(client, this, answer, HttpAnswers.Form.SHARED);
  }

  /** Handles the connection to the HTTP endpoint. */
  private final class EndpointEnd extends RelayEnd {
    private final RelayConnector.Turn turn;
    private boolean hasAnswered;

    EndpointEnd(Channel client, RelayConnector.Turn turn) {
      this.turn = turn;
      setPeer(client);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (!hasAnswered) {
        hasAnswered = true;
        turn.end();
      }
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
      turn.end();
      if (hasAnswered || !client.isActive()) {
        // The empty write follows everything that is still to be sent to the client.
        client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      } else {
        refuse(
            client,
            PlainAnswer.badGateway("the HTTP endpoint of this member closed the connection"));
      }
    }
  }
}
