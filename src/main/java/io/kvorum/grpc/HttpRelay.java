package io.kvorum.grpc;

import io.kvorum.service.Caller;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.Log;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Connects one client connection to the HTTP endpoint on loopback, when it has a request for it,
 * and keeps that connection for the requests that follow: one for HTTP/1.1, one for each request at
 * a time over HTTP/2. Confined to the event loop that all of these share.
 *
 * <p>A connection to the endpoint serves one client alone: the container recognizes relayed
 * requests and their clients by its port ({@link RelayedConnections}), and whatever goes wrong
 * between two messages cannot reach another client.
 *
 * <p>Held by: HttpRelayTest.
 */
final class HttpRelay {
  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** By then the endpoint has accepted a connection, whether or not it has answered. */
  private static final long TURN_MILLIS = 100;

  /** Less than Liberty keeps an idle connection where it is not configured: 30. */
  private static final long IDLE_SECONDS = 20;

  private static final int MAX_CONTENT_BYTES = 64 << 10;

  /**
   * Of up to 64 KB: the endpoint sends as fast as memory is copied, and others wait for the loop.
   */
  private static final int READS_AT_ONCE = 2;

  private static final Log LOG = Log.of(HttpRelay.class);

  /**
   * Names the endpoint and how to connect to it.
   *
   * @param routing the endpoint, once there is one
   * @param hold limits those who wait for it
   * @param relays takes the clients of connections
   * @param presence counts the connections to the endpoint
   * @param shares what the connections of an event loop share
   * @param leader which requests may require
   */
  record Target(
      HttpRouting routing,
      HoldLimits hold,
      HttpLimits limits,
      RelayedConnections connections,
      ChannelGroup relays,
      Presence presence,
      Class<? extends SocketChannel> channelType,
      Function<EventLoop, Share> shares,
      RequiredLeader leader) {}

  /** What the connections of one event loop share. */
  record Share(RelayConnector connector, HeldBytes held) {}

  /** Receives the connection. */
  interface Taker {
    void connected(EndpointConnection endpoint);

    /** There is none to be had. */
    void notConnected();

    /** False once it does not want it any more. */
    boolean isWaiting();
  }

  private final Target target;
  private final Channel client;

  /** Those without an exchange, the one that has been used last at the end. */
  private final Deque<EndpointConnection> free = new ArrayDeque<>();

  private @Nullable ScheduledFuture<?> idleCheck;
  private int abandoned;
  private boolean isClosed;

  HttpRelay(Target target, Channel client) {
    this.target = target;
    this.client = client;
  }

  Target target() {
    return target;
  }

  /** Counts what is held for the client. */
  HeldBytes.Holder holder(Runnable onEviction) {
    return share().held().holder(onEviction);
  }

  private Share share() {
    return target.shares().apply(client.eventLoop());
  }

  /** Gives the connection, now or later. */
  void connect(InetSocketAddress address, Taker taker) {
    EndpointConnection kept = free.pollLast();
    while (kept != null && !kept.isFree()) {
      kept = free.pollLast();
    }
    if (kept != null) {
      taker.connected(kept);
    } else {
      share().connector().submit(turn -> connect(address, taker, turn));
    }
  }

  private void connect(InetSocketAddress address, Taker taker, RelayConnector.Turn turn) {
    if (!taker.isWaiting()) {
      turn.end();
      return;
    }
    if (!target.presence().enter(Presence.ENDPOINT_BYTES)) {
      turn.end();
      taker.notConnected();
      return;
    }
    ChannelFuture connecting =
        new Bootstrap()
            .group(client.eventLoop())
            .channel(target.channelType())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .option(
                ChannelOption.RCVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(READS_AT_ONCE))
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(codec());
                  }
                })
            .connect(address);
    connecting
        .channel()
        .closeFuture()
        .addListener(closed -> target.presence().leave(Presence.ENDPOINT_BYTES));
    connecting.addListener((ChannelFuture connected) -> onConnected(connected, taker, turn));
  }

  private static HttpClientCodec codec() {
    return new HttpClientCodec(
        new HttpDecoderConfig().setMaxChunkSize(MAX_CONTENT_BYTES).setValidateHeaders(false),
        false,
        false);
  }

  private void onConnected(ChannelFuture connected, Taker taker, RelayConnector.Turn turn) {
    if (!connected.isSuccess()) {
      turn.end();
      LOG.warning("cannot connect to the HTTP endpoint: {}", connected.cause().toString());
      if (taker.isWaiting()) {
        taker.notConnected();
      }
      return;
    }
    Channel channel = connected.channel();
    if (!taker.isWaiting()) {
      turn.end();
      channel.close();
      return;
    }
    client.eventLoop().schedule(turn::end, TURN_MILLIS, TimeUnit.MILLISECONDS);
    EndpointConnection opened =
        new EndpointConnection(channel, caller(), target.connections(), turn::end);
    channel.pipeline().addLast(opened);
    taker.connected(opened);
  }

  private Caller caller() {
    return ClientConnection.callerAt(client, ClientConnection.sessionOf(client), Caller.Face.JSON);
  }

  /** The exchange on the connection is over; it is kept for a while. */
  void release(EndpointConnection used) {
    used.release();
    if (isClosed) {
      used.close();
      return;
    }
    free.addLast(used);
    if (idleCheck == null) {
      scheduleIdleCheck(IDLE_SECONDS);
    }
  }

  /**
   * Nobody waits any more for what the endpoint is doing there.
   *
   * @param isBodyOpen whether the body has not been sent to its end
   */
  void abandon(EndpointConnection used, boolean isBodyOpen) {
    abandoned++;
    used.abandon(isBodyOpen, () -> abandoned--);
  }

  /** How many requests the endpoint is still at work on that nobody waits for. */
  int abandoned() {
    return abandoned;
  }

  private void scheduleIdleCheck(long seconds) {
    idleCheck = client.eventLoop().schedule(this::closeIdle, seconds, TimeUnit.SECONDS);
  }

  private void closeIdle() {
    idleCheck = null;
    for (EndpointConnection first = free.peekFirst(); first != null; first = free.peekFirst()) {
      long left = first.isFree() ? IDLE_SECONDS - first.idleSeconds() : 0;
      if (left > 0) {
        scheduleIdleCheck(left);
        return;
      }
      free.removeFirst();
      first.close();
    }
  }

  /** The client has gone. */
  void close() {
    isClosed = true;
    ScheduledFuture<?> scheduled = idleCheck;
    if (scheduled != null) {
      scheduled.cancel(false);
    }
    free.forEach(EndpointConnection::close);
    free.clear();
  }
}
