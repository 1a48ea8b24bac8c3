package io.kvorum.grpc;

import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TlsListeners;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the first bytes of a connection: HTTP/2 is left to gRPC as soon as the {@link
 * ServingGate} is open, over TLS behind a {@link StreamSplitter}; anything else goes to the handler
 * of HTTP/1.1. One per connection; confined to its event loop.
 *
 * <p>What asks for a page stays on the event loop that has accepted it, all else moves to one that
 * serves, and so does a client that sends its first line in pieces. What comes over TLS is on one
 * that serves already; where a client may choose, its first byte says so, and another sniffer
 * follows behind the TLS.
 *
 * <p>It takes the place of gRPC's own negotiation, and holds that back until it has decided: gRPC
 * starts the negotiation with an event that is sent before the first byte has arrived.
 *
 * <p>Held by: PortSnifferTest, ClientPortTest, ClientPortStartTest, HttpRelayTest.
 */
final class PortSniffer extends ByteToMessageDecoder {
  /** The first bytes of every HTTP/2 client (RFC 9113, section 3.4). */
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** For the rest of the first bytes; a connection without any may be silent. */
  private static final long TIMEOUT_SECONDS = 60;

  /** No page has a longer name. */
  private static final int LONGEST_LINE = 256;

  /**
   * Where connections may go.
   *
   * @param tls which listeners speak TLS
   * @param gate whether gRPC clients are served
   * @param serving the event loops that serve gRPC and JSON
   * @param grpcClients takes the connections of gRPC that are served
   * @param presence counts the connections
   * @param connectionOf makes what all calls of a connection of gRPC share
   * @param isPage whether a path is that of a page for operators
   * @param http what HTTP/1.1 can ask for, and streams of secured HTTP/2 that are not gRPC's
   */
  record Ways(
      TlsListeners tls,
      ServingGate gate,
      EventLoopGroup serving,
      ChannelGroup grpcClients,
      Presence presence,
      Function<Channel, ClientConnection> connectionOf,
      Predicate<String> isPage,
      HttpFront.Offer http) {}

  private final Http2ConnectionHandler http2;
  private final ChannelHandler grpc;
  private final Ways ways;
  private final boolean isBehindTls;
  private @Nullable ProtocolNegotiationEvent heldBack;
  private @Nullable ScheduledFuture<?> timeout;
  private HoldingRoom.@Nullable Place place;
  private boolean mayBeginTls;
  private boolean isMoving;
  private boolean hasInputEnded;
  private long reads;

  /**
   * @param http2 gRPC's handler of HTTP/2
   * @param grpc gRPC's first handler, which makes way for that one
   */
  PortSniffer(Http2ConnectionHandler http2, ChannelHandler grpc, Ways ways) {
    this(http2, grpc, ways, false);
  }

  private PortSniffer(
      Http2ConnectionHandler http2, ChannelHandler grpc, Ways ways, boolean isBehindTls) {
    this.http2 = http2;
    this.grpc = grpc;
    this.ways = ways;
    this.isBehindTls = isBehindTls;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    if (!isBehindTls) {
      accept(context);
    }
  }

  private void accept(ChannelHandlerContext context) {
    Channel client = context.channel();
    ServerTls tls = ways.tls().of(client);
    if (!ways.presence().accept(client)) {
      context.close();
    } else if (ways.tls().isShared(client)) {
      mayBeginTls = true;
    } else if (tls != null) {
      context.pipeline().addBefore(context.name(), null, entrance(tls, ways.serving()));
    }
  }

  private TlsEntrance entrance(ServerTls tls, @Nullable EventLoopGroup serving) {
    return new TlsEntrance(tls, ways.presence(), serving, ways.gate()::isOpen);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    reads++; // Among them is the end of the input, which is found by reading.
    if (event instanceof ProtocolNegotiationEvent negotiation) {
      heldBack = negotiation;
    } else if (event instanceof ChannelInputShutdownEvent && isMoving) {
      // The superclass would drop what has been read.
      hasInputEnded = true;
    } else {
      super.userEventTriggered(context, event);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    reads++;
    super.channelRead(context, message);
  }

  /** The superclass would read on where reading is switched off. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> messages) {
    if (!context.channel().isActive() || isMoving) {
      return;
    }
    if (mayBeginTls && TlsEntrance.begins(bytes)) {
      move(context, this::handOverToTls);
      return;
    }
    int length = Math.min(bytes.readableBytes(), PREFACE.length);
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE[i]) {
        decideHttp(context, bytes);
        return;
      }
    }
    if (length == PREFACE.length) {
      enterGate(context, bytes.readableBytes());
    } else if (timeout == null) {
      timeout =
          context.executor().schedule(() -> context.close(), TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void decideHttp(ChannelHandlerContext context, ByteBuf bytes) {
    String path = path(bytes);
    if (path != null && ways.isPage().test(path)) {
      handOverToHttp(context);
    } else {
      move(context, this::handOverToHttp);
    }
  }

  /** The path in the first line; null if the line is not complete, or longer than one of a page. */
  private static @Nullable String path(ByteBuf bytes) {
    int readable = Math.min(bytes.readableBytes(), LONGEST_LINE);
    String line = bytes.toString(bytes.readerIndex(), readable, StandardCharsets.ISO_8859_1);
    int begin = line.indexOf(' ') + 1;
    int end = line.indexOf(' ', begin);
    if (begin == 0 || end < 0) {
      return null;
    }
    int query = line.indexOf('?', begin);
    return line.substring(begin, query >= 0 && query < end ? query : end);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    stopTimeout();
    leavePlace();
  }

  private void leavePlace() {
    HoldingRoom.Place kept = place;
    if (kept != null) {
      kept.leave();
    }
  }

  private void stopTimeout() {
    ScheduledFuture<?> running = timeout;
    if (running != null) {
      running.cancel(false);
    }
  }

  /**
   * Waits until the gate is open. Reading goes on for a while, so that the end of a client that
   * gives up is seen.
   *
   * @param received what has been read, and must be kept
   */
  private void enterGate(ChannelHandlerContext context, int received) {
    HoldingRoom.Place kept = place;
    ServingGate gate = ways.gate();
    if (gate.state() == ServingGate.State.SHUT && kept == null) {
      stopTimeout();
      kept = gate.room().enter(context.channel().eventLoop(), () -> leaveGate(context));
      place = kept;
      if (kept == null) {
        context.close();
        return;
      }
    }
    if (gate.state() != ServingGate.State.SHUT) {
      leaveGate(context);
    } else if (kept != null) {
      if (!kept.hold(received)) {
        context.close();
      } else if (kept.isFull()) {
        context.channel().config().setAutoRead(false);
      }
    }
  }

  private void leaveGate(ChannelHandlerContext context) {
    if (ways.gate().state() == ServingGate.State.BARRED) {
      context.close();
    } else {
      move(context, this::handOverToGrpc);
    }
  }

  /**
   * Moves the connection to an event loop that serves, unless it went there before its handshake,
   * and hands it over. What has been read waits here.
   */
  private void move(ChannelHandlerContext context, Consumer<ChannelHandlerContext> handOver) {
    isMoving = true;
    stopTimeout();
    leavePlace();
    Channel channel = context.channel();
    if (channel.pipeline().get(SslHandler.class) == null) {
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      EventLoopMove.begin(channel, ways.serving(), traveller(context, handOver));
    } else {
      channel.config().setAutoRead(true);
      handOver.accept(context);
    }
  }

  private EventLoopMove.Traveller traveller(
      ChannelHandlerContext context, Consumer<ChannelHandlerContext> handOver) {
    return new EventLoopMove.Traveller() {
      @Override
      public long reads() {
        return reads;
      }

      @Override
      public void onArrival() {
        handOver.accept(context);
      }

      @Override
      public void onLoss() {
        if (!context.isRemoved()) {
          internalBuffer().skipBytes(actualReadableBytes());
          context.pipeline().remove(PortSniffer.this);
        }
      }
    };
  }

  private void handOverToGrpc(ChannelHandlerContext context) {
    Presence presence = ways.presence();
    if (!presence.enter(Presence.GRPC_BYTES)) {
      context.close();
      return;
    }
    context.channel().closeFuture().addListener(closed -> presence.leave(Presence.GRPC_BYTES));
    ProtocolNegotiationEvent event = heldBack;
    if (event == null) {
      event = InternalProtocolNegotiationEvent.getDefault();
    }
    ClientConnection connection = ways.connectionOf().apply(context.channel());
    if (ClientConnection.sessionOf(context.channel()) != null) {
      StreamSplitter.install(http2, connection.calls(), ways.http());
    }
    context.pipeline().addAfter(context.name(), null, grpc);
    // gRPC is in place when this returns, before it gets the bytes that the removal passes on.
    context.fireUserEventTriggered(
        InternalProtocolNegotiationEvent.withAttributes(
            event, connection.addTo(InternalProtocolNegotiationEvent.getAttributes(event))));
    context.pipeline().remove(this);
    ways.grpcClients().add(context.channel());
    // A client of HTTP/2 that ends its side is gone: gRPC's own close would wait for its answer.
    context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    if (hasInputEnded) {
      context.close();
    }
  }

  private void handOverToTls(ChannelHandlerContext context) {
    ServerTls tls = ways.tls().tls();
    context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    if (tls == null || hasInputEnded) {
      context.close();
      return;
    }
    PortSniffer next = new PortSniffer(http2, grpc, ways, true);
    next.heldBack = heldBack;
    context
        .pipeline()
        .addAfter(context.name(), null, next)
        .addAfter(context.name(), null, entrance(tls, null))
        .remove(this);
  }

  private void handOverToHttp(ChannelHandlerContext context) {
    ChannelPipeline pipeline = context.pipeline();
    // The handlers behind this one buffer gRPC's writes until its negotiation ends.
    while (pipeline.last() != this) {
      pipeline.removeLast();
    }
    pipeline.addLast(CloseCommands.INSTANCE, HttpFront.ofConnection(ways.http()));
    pipeline.remove(this);
    if (hasInputEnded) {
      pipeline.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }
}
