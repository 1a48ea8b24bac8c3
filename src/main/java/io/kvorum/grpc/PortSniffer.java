package io.kvorum.grpc;

import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the first bytes of a connection: HTTP/2 is left to gRPC as soon as the {@link
 * ServingGate} is open, anything else goes to the handler of HTTP/1.1. One per connection; confined
 * to its event loop.
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

  private final ChannelHandler grpc;
  private final ServingGate gate;
  private final ChannelGroup clients;
  private final Presence presence;
  private final Function<Channel, ClientConnection> connectionOf;
  private final Supplier<ChannelHandler> other;
  private @Nullable ProtocolNegotiationEvent heldBack;
  private @Nullable ScheduledFuture<?> timeout;
  private HoldingRoom.@Nullable Place place;

  /**
   * @param grpc gRPC's first handler
   * @param gate whether gRPC clients are served
   * @param clients takes the connection when it is served
   * @param presence counts the connection
   * @param connectionOf makes what all calls of the connection share
   * @param other makes the handler of connections that are not HTTP/2
   */
  PortSniffer(
      ChannelHandler grpc,
      ServingGate gate,
      ChannelGroup clients,
      Presence presence,
      Function<Channel, ClientConnection> connectionOf,
      Supplier<ChannelHandler> other) {
    this.grpc = grpc;
    this.gate = gate;
    this.clients = clients;
    this.presence = presence;
    this.connectionOf = connectionOf;
    this.other = other;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    if (!presence.accept(context.channel())) {
      context.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ProtocolNegotiationEvent negotiation) {
      heldBack = negotiation;
    } else {
      super.userEventTriggered(context, event);
    }
  }

  /** The superclass would read on where reading is switched off. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> messages) {
    if (!context.channel().isActive()) {
      return;
    }
    int length = Math.min(bytes.readableBytes(), PREFACE.length);
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE[i]) {
        handOverToOther(context);
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

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    stopTimeout();
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
    if (gate.state() == ServingGate.State.BARRED) {
      context.close();
    } else {
      context.channel().config().setAutoRead(true);
      handOverToGrpc(context);
    }
  }

  private void handOverToGrpc(ChannelHandlerContext context) {
    if (!presence.enter(Presence.GRPC_BYTES)) {
      context.close();
      return;
    }
    context.channel().closeFuture().addListener(closed -> presence.leave(Presence.GRPC_BYTES));
    ProtocolNegotiationEvent event = heldBack;
    if (event == null) {
      event = InternalProtocolNegotiationEvent.getDefault();
    }
    ClientConnection connection = connectionOf.apply(context.channel());
    context.pipeline().addAfter(context.name(), null, grpc);
    // gRPC is in place when this returns, before it gets the bytes that the removal passes on.
    context.fireUserEventTriggered(
        InternalProtocolNegotiationEvent.withAttributes(
            event, connection.addTo(InternalProtocolNegotiationEvent.getAttributes(event))));
    context.pipeline().remove(this);
    clients.add(context.channel());
  }

  private void handOverToOther(ChannelHandlerContext context) {
    // The handlers behind this one buffer gRPC's writes until its negotiation ends.
    while (context.pipeline().last() != this) {
      context.pipeline().removeLast();
    }
    context.pipeline().addLast(CloseCommands.INSTANCE, other.get());
    context.pipeline().remove(this);
  }
}
