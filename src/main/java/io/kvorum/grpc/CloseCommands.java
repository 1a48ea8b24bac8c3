package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;

/**
 * Closes a connection of HTTP/1.1 when gRPC, which still tracks it, closes it: with a command that
 * is no ByteBuf. Stateless.
 *
 * <p>Held by: HttpRelayTest.
 */
@ChannelHandler.Sharable
final class CloseCommands extends ChannelOutboundHandlerAdapter {
  static final CloseCommands INSTANCE = new CloseCommands();

  private CloseCommands() {}

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf) {
      context.write(message, promise);
    } else {
      ReferenceCountUtil.release(message);
      context.close(promise);
    }
  }
}
