package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Tells the streams of one HTTP/2 connection apart, by the content type and the path of their
 * requests, as etcd does: gRPC's are left to gRPC, each other one gets an {@link HttpFront}. Both
 * share what belongs to the connection: settings, windows, the number of streams, pings, and its
 * end. One per connection; confined to its event loop.
 *
 * <p>It stands between Netty's decoder of frames and gRPC. That costs gRPC one look at a header for
 * each stream, and nothing for each frame while there is no other stream.
 *
 * <p>Held by: StreamFrontTest.
 */
final class StreamSplitter extends Http2FrameListenerDecorator {
  private static final AsciiString OF_GRPC = AsciiString.cached("application/grpc");

  /** No service of gRPC has a name that begins so. */
  private static final AsciiString JSON = AsciiString.cached("/v3");

  private final Http2ConnectionHandler http2;
  private final PresentCalls calls;
  private final HttpFront.Offer offer;
  private final boolean hasGrpc;
  private final Http2Connection.PropertyKey key;
  private @Nullable HttpRelay relay;
  private boolean isWatching;
  private int open;

  private StreamSplitter(
      Http2FrameListener grpc,
      Http2ConnectionHandler http2,
      PresentCalls calls,
      HttpFront.Offer offer,
      boolean hasGrpc) {
    super(grpc);
    this.http2 = http2;
    this.calls = calls;
    this.offer = offer;
    this.hasGrpc = hasGrpc;
    this.key = http2.connection().newKey();
  }

  /**
   * Serves the streams of a connection that are not gRPC's.
   *
   * @param grpc gRPC's handler, before it has read a frame
   */
  static void install(Http2ConnectionHandler grpc, PresentCalls calls, HttpFront.Offer offer) {
    install(grpc, calls, offer, true);
  }

  /** The same on a connection where nothing is gRPC's. */
  static void installWithoutGrpc(
      Http2ConnectionHandler http2, PresentCalls calls, HttpFront.Offer offer) {
    install(http2, calls, offer, false);
  }

  private static void install(
      Http2ConnectionHandler http2, PresentCalls calls, HttpFront.Offer offer, boolean hasGrpc) {
    Http2FrameListener others = http2.decoder().frameListener();
    http2.decoder().frameListener(new StreamSplitter(others, http2, calls, offer, hasGrpc));
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endOfStream)
      throws Http2Exception {
    Http2Stream stream = http2.connection().stream(streamId);
    StreamChannel known = open == 0 ? null : stream.getProperty(key);
    if (known != null) {
      known.receive(Unpooled.EMPTY_BUFFER, endOfStream); // trailers, which mean nothing
    } else if (hasGrpc && isOfGrpc(headers)) {
      super.onHeadersRead(
          context, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
    } else {
      begin(context, stream, StreamRequest.of(streamId, headers, endOfStream), endOfStream);
    }
  }

  /** Fields without a method are those behind a body. */
  private static boolean isOfGrpc(Http2Headers headers) {
    CharSequence type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    return type == null
        ? headers.method() == null
        : AsciiString.contains(type, OF_GRPC) && !isOfJson(headers.path());
  }

  /** What is below the paths of JSON is JSON, whatever it calls itself. */
  private static boolean isOfJson(@Nullable CharSequence path) {
    if (path == null || !AsciiString.regionMatches(path, false, 0, JSON, 0, JSON.length())) {
      return false;
    }
    return path.length() == JSON.length() || JsonTarget.of(path.toString()) != null;
  }

  private void begin(
      ChannelHandlerContext context, Http2Stream stream, StreamRequest request, boolean isWhole) {
    watchTheEnds();
    Channel connection = context.channel();
    StreamChannel channel =
        new StreamChannel(http2, context, stream, offer.held().apply(connection.eventLoop()));
    connection.eventLoop().register(channel);
    open++;
    stream.setProperty(key, channel);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              open--;
              stream.removeProperty(key);
            });
    HttpRelay through = relay(connection);
    if (isFlooded(through) || !calls.streamBegins(channel)) {
      channel.reset(Http2Error.REFUSED_STREAM);
    } else {
      channel.pipeline().addLast(HttpFront.ofStream(offer, through));
      channel.begin(request, isWhole);
    }
  }

  /** A client that resets its requests makes work that no limit of open streams bounds. */
  private static boolean isFlooded(@Nullable HttpRelay through) {
    return through != null && through.abandoned() >= Presence.INCLUDED_STREAMS;
  }

  private @Nullable HttpRelay relay(Channel connection) {
    HttpRelay.Target target = offer.json();
    HttpRelay through = relay;
    if (through == null && target != null) {
      HttpRelay made = new HttpRelay(target, connection);
      connection.closeFuture().addListener(closed -> made.close());
      relay = made;
      through = made;
    }
    return through;
  }

  private void watchTheEnds() {
    if (isWatching) {
      return;
    }
    isWatching = true;
    http2
        .connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamClosed(Http2Stream stream) {
                StreamChannel channel = stream.getProperty(key);
                if (channel != null) {
                  channel.streamClosed();
                }
              }
            });
  }

  /** Of each stream gRPC notes that something has come; it knows none of the others. */
  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    int processed = super.onDataRead(context, streamId, data, padding, endOfStream);
    if (open > 0) {
      StreamChannel channel = http2.connection().stream(streamId).getProperty(key);
      if (channel != null) {
        channel.receive(data, endOfStream);
      }
    }
    return processed;
  }
}
