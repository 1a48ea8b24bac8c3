package io.kvorum.grpc;

import io.kvorum.service.HttpRules;
import io.kvorum.support.BrowserHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Builds the head of one answer: lines of HTTP/1.1, or fields of HTTP/2, whose names have small
 * letters. Confined to one thread.
 *
 * <p>Held by: HttpFrontTest, StreamFrontTest.
 */
final class AnswerHead {
  private static final int HEAD_BYTES = 512;
  private static final AsciiString LINE_END = AsciiString.cached("\r\n");
  private static final Constant FOR_BROWSERS = Constant.of(BrowserHeaders.ALL);
  private static final Constant FOR_ORIGINS = Constant.of(cors());

  private final HttpAnswers.Form form;
  private final Fields fields;

  /** Where the fields of a head are collected. */
  private interface Fields {
    void add(CharSequence name, CharSequence value);

    void add(Constant several);

    /** The message for the client's channel. */
    Object end();
  }

  /** Fields that many answers have, in both forms. */
  private record Constant(String lines, Map<AsciiString, String> fields) {
    static Constant of(Map<String, String> headers) {
      Map<AsciiString, String> fields = new LinkedHashMap<>();
      headers.forEach((name, value) -> fields.put(small(name), value));
      String lines =
          headers.entrySet().stream()
              .map(header -> header.getKey() + ": " + header.getValue() + LINE_END)
              .collect(Collectors.joining());
      return new Constant(lines, fields);
    }
  }

  /** Lines of HTTP/1.1. */
  private record Lines(ByteBuf bytes) implements Fields {
    Lines begin(String version, HttpResponseStatus status) {
      text(version);
      text(" ");
      text(status.codeAsText());
      text(" ");
      text(status.reasonPhrase());
      text(LINE_END);
      return this;
    }

    private void text(CharSequence ascii) {
      ByteBufUtil.writeAscii(bytes, ascii);
    }

    @Override
    public void add(CharSequence name, CharSequence value) {
      text(name);
      text(": ");
      text(value);
      text(LINE_END);
    }

    @Override
    public void add(Constant several) {
      text(several.lines());
    }

    @Override
    public Object end() {
      text(LINE_END);
      return bytes;
    }
  }

  /** Fields of HTTP/2. */
  private record Frame(Http2Headers headers) implements Fields {
    @Override
    public void add(CharSequence name, CharSequence value) {
      headers.add(small(name), value);
    }

    @Override
    public void add(Constant several) {
      several.fields().forEach(headers::add);
    }

    @Override
    public Object end() {
      return headers;
    }
  }

  AnswerHead(ByteBufAllocator allocator, HttpAnswers.Form form, HttpResponseStatus status) {
    this.form = form;
    this.fields =
        form.isFramed()
            ? new Frame(new DefaultHttp2Headers().status(status.codeAsText()))
            : new Lines(allocator.buffer(HEAD_BYTES)).begin(form.carrier().version(), status);
  }

  private static AsciiString small(CharSequence name) {
    return AsciiString.of(name).toLowerCase();
  }

  private static Map<String, String> cors() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Access-Control-Allow-Headers", HttpRules.HEADERS);
    headers.put("Access-Control-Allow-Methods", HttpRules.METHODS);
    return headers;
  }

  AnswerHead header(CharSequence name, CharSequence value) {
    fields.add(name, value);
    return this;
  }

  /** Names the origin whose pages may read the answer, if there is one. */
  AnswerHead forOrigin() {
    if (form.origin() != null) {
      fields.add(FOR_ORIGINS);
      header("Access-Control-Allow-Origin", form.origin());
    }
    return this;
  }

  /** Adds {@link BrowserHeaders}. */
  AnswerHead forBrowsers() {
    fields.add(FOR_BROWSERS);
    return this;
  }

  /** Says whether more requests may follow, where the version does not say it. */
  AnswerHead connection(boolean isKept) {
    switch (form.carrier()) {
      case HTTP_1_0 -> header("Connection", isKept ? "keep-alive" : "close");
      case HTTP_1_1 -> {
        if (!isKept) {
          header("Connection", "close");
        }
      }
      case HTTP_2, WEB_SOCKET -> {
        // A stream has one request, and a WebSocket no answers of HTTP.
      }
    }
    return this;
  }

  /** What is written to the client's channel. */
  Object encoded() {
    return fields.end();
  }
}
