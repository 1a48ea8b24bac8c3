package io.kvorum.peer.grpc.link;

import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a connection from gRPC until it is as secure as its URL demands: over TLS nothing is sent
 * or served before the handshake is complete, which includes all checks of the other side's
 * certificate. One per connection; confined to its event loop.
 *
 * <p>Held by: PeerTlsTest.
 */
final class HandshakeFirst extends ChannelInboundHandlerAdapter {
  private final ChannelHandler grpc;
  private final Function<Channel, @Nullable SslHandler> tls;
  private @Nullable ProtocolNegotiationEvent heldBack;
  private boolean isSecured;

  /**
   * @param grpc gRPC's first handler
   * @param tls makes what secures the connection; null if it is plain
   */
  HandshakeFirst(ChannelHandler grpc, Function<Channel, @Nullable SslHandler> tls) {
    this.grpc = grpc;
    this.tls = tls;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    if (context.channel().remoteAddress() == null) {
      context.close(); // It has gone already.
      return;
    }
    SslHandler handler = tls.apply(context.channel());
    if (handler == null) {
      isSecured = true;
    } else {
      context.pipeline().addBefore(context.name(), null, handler);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ProtocolNegotiationEvent negotiation) {
      heldBack = negotiation;
    } else if (event instanceof SslHandshakeCompletionEvent handshake) {
      isSecured = handshake.isSuccess();
      if (!isSecured) {
        // gRPC ends the connection, and the calls that wait for it, with this reason.
        context.fireExceptionCaught(handshake.cause());
      }
    } else {
      super.userEventTriggered(context, event);
      return;
    }
    if (isSecured && heldBack != null) {
      handOver(context, heldBack);
    }
  }

  private void handOver(ChannelHandlerContext context, ProtocolNegotiationEvent negotiation) {
    context.pipeline().addAfter(context.name(), null, grpc);
    context.fireUserEventTriggered(negotiation);
    context.pipeline().remove(this);
  }
}
