package io.kvorum.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client of the JSON gateway on one kept-alive HTTP/1.1 connection, one request at a time. Sits
 * behind a {@code HttpResponseDecoder}; requests are written as bytes with a head made once.
 * Confined to its event loop.
 */
final class JsonConnection extends ChannelInboundHandlerAdapter implements Connection {

  private static final int LONGEST_ERROR_KEPT = 200;

  private final Map<Operation, byte[]> heads = new EnumMap<>(Operation.class);

  private @Nullable ChannelHandlerContext context;
  private @Nullable Answer waiting;
  private @Nullable String failure;
  private @Nullable StringBuilder error;
  private boolean closes;
  private int bytes;

  JsonConnection(String authority, @Nullable String token) {
    String user = token == null ? "" : "\r\nAuthorization: " + token;
    for (Operation operation : Operation.values()) {
      heads.put(
          operation,
          ("POST "
                  + operation.jsonPath()
                  + " HTTP/1.1\r\nHost: "
                  + authority
                  + user
                  + "\r\nUser-Agent: kvorum-load/1.0\r\nAccept: */*"
                  + "\r\nContent-Type: application/json\r\nContent-Length: ")
              .getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public EventLoop eventLoop() {
    return context().channel().eventLoop();
  }

  @Override
  public boolean open() {
    return failure == null;
  }

  @Override
  public void call(Request request, Answer answer) {
    if (failure != null) {
      answer.ended(0, failure);
      return;
    }
    if (waiting != null) {
      throw new IllegalStateException("HTTP/1.1 carries one request at a time");
    }
    waiting = answer;
    byte[] head = heads.get(request.operation());
    byte[] body = request.body();
    ByteBuf out = context().alloc().directBuffer(head.length + body.length + 16);
    out.writeBytes(head);
    out.writeCharSequence(Integer.toString(body.length), StandardCharsets.US_ASCII);
    out.writeCharSequence("\r\n\r\n", StandardCharsets.US_ASCII);
    out.writeBytes(body);
    context().write(out, context().voidPromise());
  }

  @Override
  public void flush() {
    context().flush();
  }

  @Override
  public void close() {
    context().close();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof HttpResponse response) {
        bytes = 0;
        closes =
            HttpHeaderValues.CLOSE.contentEqualsIgnoreCase(
                response.headers().get(HttpHeaderNames.CONNECTION));
        error =
            response.status().equals(HttpResponseStatus.OK)
                ? null
                : new StringBuilder("HTTP " + response.status().code() + " ");
      }
      if (message instanceof HttpContent content) {
        bytes += content.content().readableBytes();
        if (error != null && error.length() < LONGEST_ERROR_KEPT) {
          error.append(content.content().toString(StandardCharsets.UTF_8));
        }
      }
      if (message instanceof LastHttpContent) {
        answered();
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void answered() {
    Answer answer = waiting;
    waiting = null;
    if (closes) {
      fail("the server asks to close the connection");
    }
    if (answer != null) {
      answer.ended(bytes, error == null ? null : error.toString());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail("the server closed the connection");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(cause.toString());
  }

  private void fail(String why) {
    if (failure != null) {
      return;
    }
    failure = why;
    Answer answer = waiting;
    waiting = null;
    if (answer != null) {
      answer.ended(0, why);
    }
    context().close();
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not connected yet");
    }
    return context;
  }
}
