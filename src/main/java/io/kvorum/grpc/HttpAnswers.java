package io.kvorum.grpc;

import io.kvorum.service.HttpRules;
import io.kvorum.support.BrowserHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes answers of HTTP/1.1. Stateless.
 *
 * <p>Held by: HttpFrontTest, HttpRelayTest.
 */
final class HttpAnswers {
  private static final String CORS =
      "Access-Control-Allow-Headers: "
          + HttpRules.HEADERS
          + "\r\nAccess-Control-Allow-Methods: "
          + HttpRules.METHODS
          + "\r\n";

  private static final String FOR_BROWSERS =
      BrowserHeaders.ALL.entrySet().stream()
          .map(header -> header.getKey() + ": " + header.getValue() + "\r\n")
          .collect(Collectors.joining());

  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final AsciiString LINE_END = AsciiString.cached("\r\n");
  private static final int HEAD_BYTES = 512;
  private static final int CHUNK_SIZE_BYTES = 16;
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private HttpAnswers() {}

  /**
   * What answers have in common on a connection.
   *
   * @param origin whose pages may read them; null if none may
   * @param version of the request
   * @param hasBody false for the answer to HEAD
   * @param isCompressed whether the body is sent with gzip
   * @param isMessages whether there is nothing but lines, each of which becomes a message
   */
  record Form(
      @Nullable String origin,
      HttpVersion version,
      boolean hasBody,
      boolean isCompressed,
      boolean isMessages) {
    static final Form OF_NO_REQUEST = new Form(null, HttpVersion.HTTP_1_1, true, false, false);

    /** Over a WebSocket. */
    static final Form OF_MESSAGES = new Form(null, HttpVersion.HTTP_1_1, true, false, true);

    /** Whether a body may be sent in chunks, so that its length need not be known. */
    boolean hasChunks() {
      return version.isKeepAliveDefault();
    }
  }

  /** Writes the lines of a head. Confined to one thread. */
  static final class Head {
    private final ByteBuf bytes;
    private final Form form;

    Head(ByteBufAllocator allocator, Form form, HttpResponseStatus status) {
      this.form = form;
      this.bytes = allocator.buffer(HEAD_BYTES);
      text(form.version().text());
      text(" ");
      text(status.codeAsText());
      text(" ");
      text(status.reasonPhrase());
      text(LINE_END);
    }

    private void text(CharSequence ascii) {
      ByteBufUtil.writeAscii(bytes, ascii);
    }

    Head header(CharSequence name, CharSequence value) {
      text(name);
      text(": ");
      text(value);
      text(LINE_END);
      return this;
    }

    /** Names the origin whose pages may read the answer, if there is one. */
    Head forOrigin() {
      if (form.origin() != null) {
        text(CORS);
        header("Access-Control-Allow-Origin", form.origin());
      }
      return this;
    }

    /** Adds {@link BrowserHeaders}. */
    Head forBrowsers() {
      text(FOR_BROWSERS);
      return this;
    }

    /** Says whether more requests may follow, where the version does not say it. */
    Head connection(boolean isKept) {
      if (!isKept) {
        header("Connection", "close");
      } else if (!form.version().isKeepAliveDefault()) {
        header("Connection", "keep-alive");
      }
      return this;
    }

    ByteBuf encoded() {
      text(LINE_END);
      return bytes;
    }
  }

  /**
   * @param isKept whether more requests may follow
   */
  static ByteBuf encoded(
      ByteBufAllocator allocator, PlainAnswer answer, Form form, boolean isKept) {
    byte[] body = form.isCompressed() ? compressed(answer.bytes()) : answer.bytes();
    Head head = new Head(allocator, form, HttpResponseStatus.valueOf(answer.status()));
    head.forOrigin();
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
    head.forBrowsers();
    head.connection(isKept);
    head.header("Date", DateFormatter.format(new Date()));
    head.header("Content-Length", String.valueOf(body.length));
    ByteBuf bytes = head.encoded();
    return form.hasBody() ? Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(body)) : bytes;
  }

  /** The head that ends HTTP on a connection. */
  static ByteBuf switching(ByteBufAllocator allocator, List<Map.Entry<String, String>> headers) {
    Head head = new Head(allocator, Form.OF_NO_REQUEST, HttpResponseStatus.SWITCHING_PROTOCOLS);
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
  static ByteBuf toContinue() {
    return Unpooled.wrappedBuffer(CONTINUE);
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
