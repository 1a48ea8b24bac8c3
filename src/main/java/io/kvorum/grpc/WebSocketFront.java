package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves one WebSocket, as etcd's gateway does: each message of the client is a part of the body of
 * one request, each line of the answer a message to the client. One per connection; confined to its
 * event loop.
 *
 * <p>The end of the answer ends the connection, without a frame that says so. So does an error in
 * it: nothing that the client sends after it would be read.
 *
 * <p>Held by: WebSocketFrontTest, JsonGatewayIT.
 */
final class WebSocketFront extends ChannelDuplexHandler implements JsonExchange.Client {
  private static final byte[] ERROR = "{\"error\":".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LINE_END = {'\n'};

  /** How long a client may take to read what has been sent before the end. */
  private static final long LAST_READ_SECONDS = 30;

  private static final Log LOG = Log.of(WebSocketFront.class);

  private final JsonTarget path;
  private final HttpRelay relay;
  private final WebSocketFrames frames;
  private final HeldBytes.Holder holder;
  private final Channel client;
  private final WaitTimer timer;
  private final JsonExchange exchange;

  /** Nothing more is sent, and what comes is dropped. */
  private boolean isDone;

  /**
   * @param head of the request that is served
   * @param frames the decoder in front of this handler
   */
  WebSocketFront(
      HttpHead head, JsonTarget path, HttpRelay relay, Channel client, WebSocketFrames frames) {
    this.path = path;
    this.relay = relay;
    this.client = client;
    this.frames = frames;
    this.timer = new WaitTimer(client.eventLoop());
    this.holder = relay.holder(this::closeAtOnce);
    this.exchange = new JsonExchange(head, path, relay, this, HttpAnswers.Form.OF_MESSAGES);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    exchange.begin();
    if (!path.hasRequestStream()) {
      exchange.receive(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    exchange.receivedForNow();
  }

  @Override
  public Channel channel() {
    return client;
  }

  @Override
  public WaitTimer timer() {
    return timer;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (isDone || !(message instanceof WebSocketFrame frame)) {
      ReferenceCountUtil.release(message);
    } else if (frame instanceof PingWebSocketFrame) {
      answer(context, frame);
    } else if (frame instanceof CloseWebSocketFrame close) {
      int code = close.statusCode();
      close.release();
      exchange.clientGone();
      end(code < 0 ? new CloseWebSocketFrame() : new CloseWebSocketFrame(code, ""));
    } else if (isData(frame) && path.hasRequestStream()) {
      exchange.receive(new DefaultHttpContent(part(frame)));
    } else {
      frame.release();
    }
  }

  /** A client that pings without reading gets no further pongs: they would fill the memory. */
  private void answer(ChannelHandlerContext context, WebSocketFrame ping) {
    if (client.isWritable()) {
      context.writeAndFlush(new PongWebSocketFrame(ping.content()));
    } else {
      ping.release();
    }
  }

  private static boolean isData(WebSocketFrame frame) {
    return frame instanceof TextWebSocketFrame
        || frame instanceof BinaryWebSocketFrame
        || frame instanceof ContinuationWebSocketFrame;
  }

  /** A line ends with each message, whether or not the message has an end of line. */
  private static ByteBuf part(WebSocketFrame frame) {
    return frame.isFinalFragment()
        ? Unpooled.wrappedBuffer(frame.content(), Unpooled.wrappedBuffer(LINE_END))
        : frame.content();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!isDone) {
      holder.set(frames.waitingBytes());
      exchange.receivedForNow();
    }
  }

  @Override
  public void updateReading() {
    client.config().setAutoRead(isDone || exchange.takesBody());
  }

  /** Makes messages of lines. */
  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf line) || !line.isReadable()) {
      context.write(message, promise);
      return;
    }
    boolean isError = isError(line);
    int last = line.writerIndex() - 1;
    context.write(
        new TextWebSocketFrame(line.getByte(last) == '\n' ? line.writerIndex(last) : line),
        promise);
    if (isError) {
      client.eventLoop().execute(this::endAfterError);
    }
  }

  private static boolean isError(ByteBuf line) {
    return line.readableBytes() > ERROR.length
        && Unpooled.wrappedBuffer(ERROR).equals(line.slice(line.readerIndex(), ERROR.length));
  }

  private void endAfterError() {
    exchange.clientGone();
    end(Unpooled.EMPTY_BUFFER);
  }

  @Override
  public void answered(boolean isKept) {
    end(Unpooled.EMPTY_BUFFER);
  }

  @Override
  public void refuse(PlainAnswer answer) {
    end(new TextWebSocketFrame(answer.body().stripTrailing()));
  }

  private void end(Object last) {
    if (isDone || !client.isActive()) {
      ReferenceCountUtil.release(last);
      return;
    }
    isDone = true;
    timer.end();
    holder.set(0);
    client.writeAndFlush(last).addListener((ChannelFuture sent) -> Farewell.say(client, false));
    client.eventLoop().schedule(() -> client.close(), LAST_READ_SECONDS, TimeUnit.SECONDS);
  }

  /** As an eviction must, this lets go before it returns. */
  private void closeAtOnce() {
    isDone = true;
    holder.set(0);
    exchange.clientGone();
    client.close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      closeAtOnce();
    } else if (event instanceof HttpFront.Stop stop) {
      exchange.stop(stop.reason());
    } else {
      super.userEventTriggered(context, event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    isDone = true;
    holder.set(0);
    timer.close();
    exchange.clientGone();
    relay.close();
    super.channelInactive(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException wrong) {
      exchange.clientGone();
      end(new CloseWebSocketFrame(wrong.closeStatus(), reason(wrong)));
      return;
    }
    LOG.log(cause instanceof IOException ? Level.DEBUG : Level.ERROR, "a WebSocket failed", cause);
    context.close();
  }

  private static @Nullable String reason(CorruptedWebSocketFrameException wrong) {
    String message = wrong.getMessage();
    return message != null && message.contains("masked") ? "bad MASK" : message;
  }
}
