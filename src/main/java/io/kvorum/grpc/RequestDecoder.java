package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the HTTP/1.1 requests of one connection, one at a time: it stops at the end of each until
 * it is resumed, and what has arrived behind it stays as it came, within a limit. Confined to the
 * event loop.
 *
 * <p>It is strict where servers differ, since a proxy in front may have read something else: a
 * request that is not framed in exactly one way is malformed.
 *
 * <p>Held by: HttpFrontTest.
 */
final class RequestDecoder extends HttpRequestDecoder implements RequestSource {
  static final int MAX_HEAD_BYTES = 64 << 10;

  /** More stays in the network while a request is answered. */
  private static final int MAX_WAITING_BYTES = 64 << 10;

  private static final int MAX_CONTENT_BYTES = 64 << 10;

  private @Nullable ChannelHandlerContext context;
  private boolean isDecoding;
  private boolean isPaused;
  private boolean isDiscarding;
  private boolean isInBody;
  private boolean isInHead;

  RequestDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_HEAD_BYTES)
            .setMaxHeaderSize(MAX_HEAD_BYTES)
            .setMaxChunkSize(MAX_CONTENT_BYTES)
            .setAllowDuplicateContentLengths(true) // if they are the same
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
  }

  @Override
  public void addBefore(ChannelHandlerContext front) {
    front.pipeline().addBefore(front.name(), null, this);
  }

  @Override
  public boolean isInHead() {
    return isInHead;
  }

  @Override
  public boolean isDecoding() {
    return isDecoding;
  }

  @Override
  public boolean isFull() {
    return isPaused && actualReadableBytes() >= MAX_WAITING_BYTES;
  }

  @Override
  public void resume() {
    isPaused = false;
    ChannelHandlerContext here = context;
    if (here != null && !isDecoding) {
      try {
        channelRead(here, Unpooled.EMPTY_BUFFER);
      } catch (Exception failure) {
        here.fireExceptionCaught(failure);
      }
    }
  }

  @Override
  public void discard() {
    isDiscarding = true;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) throws Exception {
    context = added;
    super.handlerAdded(added);
  }

  @Override
  public void channelRead(ChannelHandlerContext here, Object bytes) throws Exception {
    boolean isOutermost = !isDecoding;
    isDecoding = true;
    try {
      super.channelRead(here, bytes);
    } finally {
      if (isOutermost) {
        isDecoding = false;
      }
    }
    if (isFull()) {
      here.channel().config().setAutoRead(false);
    }
  }

  /** The superclass would read on where reading is switched off. */
  @Override
  public void channelReadComplete(ChannelHandlerContext here) {
    discardSomeReadBytes();
    here.fireChannelReadComplete();
  }

  @Override
  protected void decode(ChannelHandlerContext here, ByteBuf bytes, List<Object> messages)
      throws Exception {
    if (isDiscarding || !here.channel().isActive()) {
      bytes.skipBytes(bytes.readableBytes());
      return;
    }
    if (isPaused) {
      return;
    }
    isInHead = !isInBody;
    int before = messages.size();
    super.decode(here, bytes, messages);
    for (Object message : messages.subList(before, messages.size())) {
      if (message instanceof HttpRequest) {
        isInHead = false;
        isInBody = true;
      }
      if (message instanceof LastHttpContent) {
        isInBody = false;
        isPaused = true;
      }
    }
  }

  /** {@link HttpHead} refuses it; the superclass would drop one of the two. */
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {}

  /** The superclass would invent the end of a body, and drop the requests that wait. */
  @Override
  protected void decodeLast(ChannelHandlerContext here, ByteBuf bytes, List<Object> messages) {}

  /** The same. */
  @Override
  public void userEventTriggered(ChannelHandlerContext here, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      here.fireUserEventTriggered(event);
    } else {
      super.userEventTriggered(here, event);
    }
  }
}
