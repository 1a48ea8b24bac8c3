package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.kvorum.tls.ServerTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Secures one connection, and stands behind its TLS as a socket would: the handlers that follow see
 * plain bytes, and the end of the client's side. One per connection; confined to its event loop.
 *
 * <p>A handshake costs milliseconds: the connection first moves to an event loop that serves, so
 * that the pages of others are not delayed, and stays there.
 *
 * <p>Held by: TlsPortTest.
 */
final class TlsEntrance extends ChannelInboundHandlerAdapter {
  /** The type of the first record (RFC 8446, section 5.1). */
  private static final byte HANDSHAKE = 22;

  private static final Log LOG = Log.of(TlsEntrance.class);

  private final ServerTls tls;
  private final Presence presence;
  private final @Nullable EventLoopGroup serving;
  private final BooleanSupplier prefersHttp2;
  private boolean hasBegun;
  private long reads;

  /**
   * @param serving where the connection moves; null if it is there
   * @param prefersHttp2 asked at the handshake: whether a client that offers both gets HTTP/2
   */
  TlsEntrance(
      ServerTls tls,
      Presence presence,
      @Nullable EventLoopGroup serving,
      BooleanSupplier prefersHttp2) {
    this.tls = tls;
    this.presence = presence;
    this.serving = serving;
    this.prefersHttp2 = prefersHttp2;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Channel channel = context.channel();
    if (!presence.enter(Presence.TLS_BYTES)) {
      context.close();
      return;
    }
    channel.closeFuture().addListener(closed -> presence.leave(Presence.TLS_BYTES));
    if (serving == null) {
      begin(context);
    } else {
      EventLoopMove.begin(channel, serving, traveller(context));
    }
  }

  /** Whether this begins a handshake; no HTTP request starts with that byte. */
  static boolean begins(ByteBuf first) {
    return first.isReadable() && first.getByte(first.readerIndex()) == HANDSHAKE;
  }

  private EventLoopMove.Traveller traveller(ChannelHandlerContext context) {
    return new EventLoopMove.Traveller() {
      @Override
      public long reads() {
        return reads;
      }

      @Override
      public void onArrival() {
        begin(context);
      }

      @Override
      public void onLoss() {
        // Nothing has been kept.
      }
    };
  }

  private void begin(ChannelHandlerContext context) {
    hasBegun = true;
    Channel channel = context.channel();
    context
        .pipeline()
        .addBefore(
            context.name(),
            null,
            prefersHttp2.getAsBoolean()
                ? tls.newHandlerPreferringHttp2(channel)
                : tls.newHandler(channel));
  }

  /** Bytes that arrive during the move come from a client that has ended its side: no handshake. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (hasBegun) {
      super.channelRead(context, message);
    } else {
      reads++;
      ReferenceCountUtil.release(message);
      context.close();
    }
  }

  /** The client sends nothing more: it may read on where it may over TCP. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    boolean isEnd = event instanceof SslCloseCompletionEvent closed && closed.isSuccess();
    if (!isEnd) {
      super.userEventTriggered(context, event);
    } else if (mayBeHalfClosed(context.channel())) {
      context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    } else {
      context.close();
    }
  }

  private static boolean mayBeHalfClosed(Channel client) {
    return Boolean.TRUE.equals(client.config().getOption(ChannelOption.ALLOW_HALF_CLOSURE));
  }

  /** What fails in TLS ends the connection; a handshake has been logged. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("a secured connection failed", cause);
    context.close();
  }
}
