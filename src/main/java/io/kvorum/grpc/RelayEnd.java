package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Forwards the bytes of one connection to a peer connection. Confined to the event loop of both.
 *
 * <p>A half-closed input is passed on as a half-closed output, so that an answer can still come
 * back; such a pair is closed after ten idle minutes. Otherwise the connections stay open until the
 * endpoint or the client closes one.
 *
 * <p>Held by: HttpRelayTest.
 */
abstract class RelayEnd extends ChannelInboundHandlerAdapter {
  private static final int HALF_OPEN_IDLE_SECONDS = 600;

  private static final Log LOG = Log.of(RelayEnd.class);

  private @Nullable Channel peer;

  final void setPeer(Channel channel) {
    peer = channel;
  }

  final boolean hasPeer() {
    return peer != null;
  }

  /** Called when this connection is closed. */
  protected abstract void onEnd(Channel other);

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    Channel other = peer;
    if (other == null) {
      ReferenceCountUtil.release(bytes);
    } else {
      other.write(bytes);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    Channel other = peer;
    if (other != null) {
      other.flush();
      if (!other.isWritable()) {
        context.channel().config().setAutoRead(false);
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    Channel other = peer;
    if (other != null && context.channel().isWritable()) {
      other.config().setAutoRead(true);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      onInputEnd(context.channel());
    } else if (event instanceof IdleStateEvent) {
      context.close();
    } else {
      super.userEventTriggered(context, event);
    }
  }

  /** Called when the remote side of this connection has no more to send. */
  protected void onInputEnd(Channel ended) {
    if (!(peer instanceof DuplexChannel)) {
      return;
    }
    DuplexChannel other = (DuplexChannel) peer;
    // The empty write follows everything that is still to be sent.
    other
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            sent -> {
              if (other.isInputShutdown()) {
                other.close();
                ended.close();
              } else if (other.isActive()) {
                other.shutdownOutput();
                other
                    .pipeline()
                    .addFirst(new IdleStateHandler(0, 0, HALF_OPEN_IDLE_SECONDS, TimeUnit.SECONDS));
              }
            });
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    Channel other = peer;
    if (other != null) {
      onEnd(other);
    }
    super.channelInactive(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Level level = cause instanceof IOException ? Level.DEBUG : Level.ERROR;
    LOG.log(level, "a relayed connection failed", cause);
    context.close();
  }
}
