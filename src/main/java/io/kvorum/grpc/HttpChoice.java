package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;

/**
 * Serves a secured connection for HTTP alone in the version that its handshake has settled: as a
 * connection, or each of its streams. One per connection; confined to its event loop.
 *
 * <p>Held by: StreamFrontTest, TlsPortTest.
 */
final class HttpChoice extends ApplicationProtocolNegotiationHandler {
  private static final Log LOG = Log.of(HttpChoice.class);

  private final HttpFront.Offer offer;
  private final Presence presence;

  HttpChoice(HttpFront.Offer offer, Presence presence) {
    super(ApplicationProtocolNames.HTTP_1_1);
    this.offer = offer;
    this.presence = presence;
  }

  @Override
  protected void configurePipeline(ChannelHandlerContext context, String protocol) {
    if (!protocol.equals(ApplicationProtocolNames.HTTP_2)) {
      context.pipeline().addLast(HttpFront.ofConnection(offer));
      return;
    }
    if (!presence.enter(Presence.GRPC_BYTES)) {
      context.close();
      return;
    }
    Channel client = context.channel();
    client.closeFuture().addListener(closed -> presence.leave(Presence.GRPC_BYTES));
    Http2ConnectionHandler http2 = http2(offer.mostStreams());
    StreamSplitter.installWithoutGrpc(http2, new PresentCalls(presence), offer);
    context.pipeline().addLast(http2, new Failures());
  }

  private static Http2ConnectionHandler http2(int mostStreams) {
    Http2Connection connection = new DefaultHttp2Connection(true);
    // As gRPC has it: a stream whose data waits does not hold up the others.
    connection
        .local()
        .flowController(
            new DefaultHttp2LocalFlowController(
                connection, DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO, true));
    return new Http2ConnectionHandlerBuilder()
        .connection(connection)
        .frameListener(new NoOthers())
        .initialSettings(
            Http2Settings.defaultSettings()
                .maxHeaderListSize(RequestDecoder.MAX_HEAD_BYTES)
                .maxConcurrentStreams(mostStreams))
        .build();
  }

  /** It has been logged. */
  @Override
  protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  /** There are no streams but those that are served. */
  private static final class NoOthers extends Http2FrameAdapter {
    @Override
    public int onDataRead(
        ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean isEnd) {
      return padding;
    }
  }

  /** Ends a connection that fails. */
  private static final class Failures extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("a connection of HTTP/2 failed", cause);
      context.close();
    }
  }
}
