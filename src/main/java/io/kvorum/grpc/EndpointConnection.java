package io.kvorum.grpc;

import io.kvorum.service.Caller;
import io.kvorum.service.DirectAnswer;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.Log;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Handles one connection to the HTTP endpoint: gives what arrives to the exchange that is under
 * way. Confined to the event loop.
 *
 * <p>An exchange whose client has gone is never broken off, since the container would take that for
 * an error and log it: its body is ended, and its answer is read and dropped.
 *
 * <p>Held by: HttpRelayTest.
 */
final class EndpointConnection extends ChannelInboundHandlerAdapter {
  /** For the end of an answer that nobody wants any more. */
  private static final int DRAIN_SECONDS = 30;

  private static final Log LOG = Log.of(EndpointConnection.class);

  /** Receives what comes from the endpoint. */
  interface Listener {
    /** Takes a part of the answer, and releases it. */
    void answered(HttpObject part);

    /** What has arrived at once has been given. */
    void answeredForNow();

    /** The endpoint takes more, or no more for now. */
    void takingChanged();

    /** The connection has ended, in the middle of the exchange. */
    void ended();
  }

  private final Channel channel;
  private final Runnable onFirstSign;
  private final RelayedConnections.Client registered;
  private final int port;
  private volatile @Nullable DirectAnswer direct;
  private @Nullable Listener listener;
  private boolean isExchanging;
  private long lastUsedNanos;

  /**
   * Registers the connection, before its first byte is sent and until it closes.
   *
   * @param onFirstSign called when the endpoint has been heard of; possibly more than once
   */
  EndpointConnection(
      Channel channel, Caller client, RelayedConnections connections, Runnable onFirstSign) {
    this.channel = channel;
    this.onFirstSign = onFirstSign;
    this.port = ((InetSocketAddress) channel.localAddress()).getPort();
    this.registered = connections.register(port, client, () -> direct);
    this.lastUsedNanos = System.nanoTime();
    channel.closeFuture().addListener(closed -> connections.remove(port, registered));
  }

  /** Whether another exchange may begin. */
  boolean isFree() {
    return channel.isActive() && !isExchanging;
  }

  /** Seconds since the last exchange. */
  long idleSeconds() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastUsedNanos);
  }

  /**
   * Begins an exchange.
   *
   * @param answer the way past the endpoint for its answer
   */
  void begin(Listener exchange, DirectAnswer answer) {
    listener = exchange;
    direct = answer;
    isExchanging = true;
  }

  /**
   * Sends a request.
   *
   * @param body what there is of it, which is released
   * @param isComplete whether that is all; otherwise more is to be sent
   */
  void send(HttpHead head, JsonTarget path, ByteBuf body, boolean isComplete) {
    HttpMethod method = head.callMethod();
    HttpHeaders headers = head.forwarded().set(RelayedConnections.PROOF, registered.proof());
    if (isComplete) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
      channel.write(
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1, method, path.path(), body, headers, EmptyHttpHeaders.INSTANCE));
    } else {
      headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      channel.write(new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, path.path(), headers));
      sendMore(body, false);
    }
  }

  /**
   * Sends more of a body.
   *
   * @param bytes which are released
   * @param isLast whether the body ends with them
   */
  void sendMore(ByteBuf bytes, boolean isLast) {
    if (bytes.isReadable()) {
      channel.write(new DefaultHttpContent(bytes));
    } else {
      bytes.release();
    }
    if (isLast) {
      channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  void flush() {
    channel.flush();
  }

  /** Whether the endpoint takes what is written. */
  boolean takesMore() {
    return channel.isWritable();
  }

  /** Whether the endpoint's answer is read. */
  void setReading(boolean isReading) {
    channel.config().setAutoRead(isReading);
  }

  /** The client sends no more requests; it may still read an answer. */
  void clientHasEnded() {
    registered.hasEndedRequests();
  }

  /** The exchange is complete; the connection may serve another, whose answer is read. */
  void release() {
    listener = null;
    setReading(true);
    isExchanging = false;
    lastUsedNanos = System.nanoTime();
  }

  /** The exchange is complete, and the connection ends with it, as soon as all is sent. */
  void close() {
    listener = null;
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Nobody waits for the answer any more.
   *
   * @param isBodyOpen whether the body has not been sent to its end
   * @param onEnd called when the endpoint is done with it
   */
  void abandon(boolean isBodyOpen, Runnable onEnd) {
    listener = null;
    channel.closeFuture().addListener(closed -> onEnd.run());
    clientHasEnded();
    if (isBodyOpen) {
      channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    setReading(true);
    ScheduledFuture<?> deadline =
        channel.eventLoop().schedule(() -> channel.close(), DRAIN_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> deadline.cancel(false));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object part) {
    onFirstSign.run();
    Listener exchange = listener;
    if (exchange != null) {
      exchange.answered((HttpObject) part);
      return;
    }
    boolean isLast = part instanceof LastHttpContent || !isExchanging;
    ReferenceCountUtil.release(part);
    if (isLast) {
      context.close();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    Listener exchange = listener;
    if (exchange != null) {
      exchange.answeredForNow();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    Listener exchange = listener;
    if (exchange != null) {
      exchange.takingChanged();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    onFirstSign.run();
    Listener exchange = listener;
    listener = null;
    if (exchange != null) {
      exchange.ended();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.log(
        cause instanceof IOException ? Level.DEBUG : Level.ERROR,
        "a connection to the HTTP endpoint failed",
        cause);
    context.close();
  }
}
