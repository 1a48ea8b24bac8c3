package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.concurrent.TimeUnit;

/**
 * Sends {@link PlainAnswer}s over HTTP/1.1, without an encoder in the pipeline, which most
 * connections would not need. Stateless.
 *
 * <p>Held by: HttpFrontTest, HttpRelayTest.
 */
final class HttpAnswers {
  /** How long a client may take to read the last answer and to close the connection. */
  private static final long LINGER_SECONDS = 1;

  private static final String CORS =
      "Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE\r\n"
          + "Access-Control-Allow-Origin: *\r\n"
          + "Access-Control-Allow-Headers: accept, content-type, authorization\r\n";

  private HttpAnswers() {}

  /**
   * What answers have in common on a connection.
   *
   * @param isShared whether pages of other origins may read them
   * @param version of the request
   * @param hasBody false for the answer to HEAD
   */
  record Form(boolean isShared, HttpVersion version, boolean hasBody) {
    static final Form SHARED = new Form(true, HttpVersion.HTTP_1_1, true);
    static final Form PRIVATE = new Form(false, HttpVersion.HTTP_1_1, true);
  }

  /** Sends an answer after which more requests may come. */
  static ChannelFuture send(Channel client, PlainAnswer answer, Form form) {
    return client.writeAndFlush(encoded(answer, form, true));
  }

  /**
   * Sends the last answer of a connection, and closes it once the client has closed its side, or
   * after a moment. What the client still sends is read and dropped: if it were left unread, the
   * system would reset the connection, and the client might lose the answer.
   *
   * @param last the last handler of the connection, which goes
   */
  static void sendLast(Channel client, ChannelHandler last, PlainAnswer answer, Form form) {
    if (!client.isActive()) {
      return;
    }
    replace(client, last);
    client
        .writeAndFlush(encoded(answer, form, false))
        .addListener((ChannelFuture sent) -> finish(client));
  }

  /** Closes the connection as {@link #sendLast} does, without an answer of its own. */
  static void closeAfterAnswers(Channel client, ChannelHandler last) {
    if (!client.isActive()) {
      return;
    }
    replace(client, last);
    client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFuture sent) -> finish(client));
  }

  private static void replace(Channel client, ChannelHandler last) {
    client.pipeline().addLast(new Dropper());
    client.pipeline().remove(last);
  }

  private static void finish(Channel client) {
    if (!client.isActive()) {
      return;
    }
    if (!(client instanceof DuplexChannel duplex) || duplex.isInputShutdown()) {
      client.close();
      return;
    }
    duplex.shutdownOutput();
    client.config().setAutoRead(true);
    client.eventLoop().schedule(() -> client.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  private static ByteBuf encoded(PlainAnswer answer, Form form, boolean isKept) {
    byte[] body = answer.bytes();
    StringBuilder head = new StringBuilder(512);
    head.append(form.version().text()).append(' ').append(statusLine(answer)).append("\r\n");
    if (form.isShared()) {
      head.append(CORS);
    }
    if (!answer.allow().isEmpty()) {
      header(head, "Allow", answer.allow());
    }
    if (!answer.contentType().isEmpty()) {
      header(head, "Content-Type", answer.contentType());
    }
    if (answer.isText()) {
      header(head, "X-Content-Type-Options", "nosniff");
    }
    if (!isKept) {
      header(head, "Connection", "close");
    } else if (!form.version().isKeepAliveDefault()) {
      header(head, "Connection", "keep-alive");
    }
    header(head, "Date", DateFormatter.format(new Date()));
    header(head, "Content-Length", String.valueOf(body.length));
    ByteBuf bytes = Unpooled.copiedBuffer(head.append("\r\n"), StandardCharsets.US_ASCII);
    return form.hasBody() ? Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(body)) : bytes;
  }

  private static String statusLine(PlainAnswer answer) {
    return HttpResponseStatus.valueOf(answer.status()).toString();
  }

  private static void header(StringBuilder head, String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }

  /** Drops what a client sends after its last request. */
  private static final class Dropper extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      ReferenceCountUtil.release(bytes);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable gone) {
      context.close();
    }
  }
}
