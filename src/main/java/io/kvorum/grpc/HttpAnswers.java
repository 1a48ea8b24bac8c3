package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.util.AsciiString;
import io.netty.util.internal.EmptyArrays;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends answers, in the form that the client's version of HTTP has. Stateless.
 *
 * <p>Held by: HttpFrontTest, HttpRelayTest, StreamFrontTest.
 */
final class HttpAnswers {
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final AsciiString LINE_END = AsciiString.cached("\r\n");
  private static final int CHUNK_SIZE_BYTES = 16;
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private HttpAnswers() {}

  /** What carries answers to the client. */
  enum Carrier {
    HTTP_1_0("HTTP/1.0"),
    HTTP_1_1("HTTP/1.1"),
    /** A {@link StreamChannel}. */
    HTTP_2("HTTP/2"),
    /** Of each answer nothing but lines, each of which becomes a message. */
    WEB_SOCKET("HTTP/1.1");

    private final String version;

    Carrier(String version) {
      this.version = version;
    }

    String version() {
      return version;
    }
  }

  /**
   * What answers have in common on a connection.
   *
   * @param origin whose pages may read them; null if none may
   * @param hasBody false for the answer to HEAD
   * @param isCompressed whether the body is sent with gzip
   */
  record Form(@Nullable String origin, Carrier carrier, boolean hasBody, boolean isCompressed) {
    static final Form OF_NO_REQUEST = new Form(null, Carrier.HTTP_1_1, true, false);

    static final Form OF_MESSAGES = new Form(null, Carrier.WEB_SOCKET, true, false);

    /** Whether answers are frames of HTTP/2. */
    boolean isFramed() {
      return carrier == Carrier.HTTP_2;
    }
  }

  /**
   * Sends an answer as a whole.
   *
   * @param isKept whether more requests may follow
   */
  static ChannelFuture send(Channel client, PlainAnswer answer, Form form, boolean isKept) {
    byte[] body = form.isCompressed() ? compressed(answer.bytes()) : answer.bytes();
    Object head = head(client.alloc(), answer, form, body.length, isKept);
    ByteBuf content = Unpooled.wrappedBuffer(form.hasBody() ? body : EmptyArrays.EMPTY_BYTES);
    if (head instanceof ByteBuf lines) {
      return client.writeAndFlush(Unpooled.wrappedBuffer(lines, content));
    }
    client.write(head);
    client.write(content);
    return client.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private static Object head(
      ByteBufAllocator allocator, PlainAnswer answer, Form form, int length, boolean isKept) {
    AnswerHead head =
        new AnswerHead(allocator, form, HttpResponseStatus.valueOf(answer.status())).forOrigin();
    if (!answer.allow().isEmpty()) {
      head.header("Allow", answer.allow());
    }
    if (form.isCompressed()) {
      head.header("Content-Encoding", "gzip");
    }
    if (!answer.contentType().isEmpty()) {
      head.header("Content-Type", answer.contentType());
    }
    answer.headers().forEach(head::header);
    return head.forBrowsers()
        .connection(isKept)
        .header("Date", DateFormatter.format(new Date()))
        .header("Content-Length", String.valueOf(length))
        .encoded();
  }

  /** The head that ends HTTP on a connection. */
  static Object switching(ByteBufAllocator allocator, List<Map.Entry<String, String>> headers) {
    AnswerHead head =
        new AnswerHead(allocator, Form.OF_NO_REQUEST, HttpResponseStatus.SWITCHING_PROTOCOLS);
    headers.forEach(header -> head.header(header.getKey(), header.getValue()));
    return head.encoded();
  }

  private static byte[] compressed(byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 4);
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(body);
    } catch (IOException ofMemory) {
      throw new UncheckedIOException(ofMemory);
    }
    return bytes.toByteArray();
  }

  /** Asks for the body. */
  static Object toContinue(Form form) {
    return form.isFramed()
        ? new DefaultHttp2Headers().status(HttpResponseStatus.CONTINUE.codeAsText())
        : Unpooled.wrappedBuffer(CONTINUE);
  }

  /** One chunk of a body; takes its content. */
  static ByteBuf chunk(ByteBufAllocator allocator, ByteBuf content) {
    ByteBuf size = allocator.buffer(CHUNK_SIZE_BYTES);
    ByteBufUtil.writeAscii(size, Integer.toHexString(content.readableBytes()));
    ByteBufUtil.writeAscii(size, LINE_END);
    return Unpooled.wrappedBuffer(size, content, Unpooled.wrappedBuffer(LINE_END.array()));
  }

  /** The end of a body in chunks. */
  static ByteBuf lastChunk() {
    return Unpooled.wrappedBuffer(LAST_CHUNK);
  }
}
