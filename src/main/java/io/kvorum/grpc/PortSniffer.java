package io.kvorum.grpc;

import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the first bytes of a connection: what begins as HTTP/2 stays here, with gRPC; anything
 * else goes to the relay. One per connection; confined to its event loop.
 *
 * <p>It stands in the place of gRPC's own negotiation, which it holds back until it knows: gRPC
 * starts it with an event, sent before the first byte has come.
 */
final class PortSniffer extends ByteToMessageDecoder {
  /** What every HTTP/2 client sends first (RFC 9113, section 3.4). */
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** As long as gRPC waits for a handshake. */
  private static final long PATIENCE_SECONDS = 120;

  private final ChannelHandler grpc;
  private final Function<EventLoop, Outbox> outboxOf;
  private final Supplier<ChannelHandler> other;
  private @Nullable ProtocolNegotiationEvent heldBack;
  private @Nullable ScheduledFuture<?> patience;

  /**
   * @param grpc gRPC's first handler
   * @param outboxOf what is given to all calls of the connection
   * @param other makes the handler of connections that are not HTTP/2
   */
  PortSniffer(
      ChannelHandler grpc, Function<EventLoop, Outbox> outboxOf, Supplier<ChannelHandler> other) {
    this.grpc = grpc;
    this.outboxOf = outboxOf;
    this.other = other;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    patience =
        context.executor().schedule(() -> context.close(), PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ProtocolNegotiationEvent negotiation) {
      heldBack = negotiation;
    } else {
      super.userEventTriggered(context, event);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> messages) {
    int length = Math.min(bytes.readableBytes(), PREFACE.length);
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(bytes.readerIndex() + i) != PREFACE[i]) {
        handOverToOther(context);
        return;
      }
    }
    if (length == PREFACE.length) {
      handOverToGrpc(context);
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    ScheduledFuture<?> running = patience;
    if (running != null) {
      running.cancel(false);
    }
  }

  private void handOverToGrpc(ChannelHandlerContext context) {
    ProtocolNegotiationEvent event = heldBack;
    if (event == null) {
      event = InternalProtocolNegotiationEvent.getDefault();
    }
    Outbox outbox = outboxOf.apply(context.channel().eventLoop());
    context.pipeline().addAfter(context.name(), null, grpc);
    // gRPC has taken its place when this returns, before the bytes that removal passes on.
    context.fireUserEventTriggered(
        InternalProtocolNegotiationEvent.withAttributes(
            event, outbox.addTo(InternalProtocolNegotiationEvent.getAttributes(event))));
    context.pipeline().remove(this);
  }

  private void handOverToOther(ChannelHandlerContext context) {
    // Behind this handler stands what gRPC keeps its writes in until it is there.
    while (context.pipeline().last() != this) {
      context.pipeline().removeLast();
    }
    context.pipeline().addLast(other.get());
    context.pipeline().remove(this);
  }
}
