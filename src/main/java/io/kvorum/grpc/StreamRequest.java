package io.kvorum.grpc;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Headers.PseudoHeaderName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds the head of a request that came as a stream of HTTP/2, in the words of HTTP/1.1: what has
 * been written for one serves the other. Its headers hold nothing that HTTP/1.1 could not carry,
 * since some of them are passed on in it.
 *
 * <p>Held by: StreamFrontTest.
 */
final class StreamRequest extends DefaultHttpRequest {

  private StreamRequest(HttpMethod method, String target) {
    super(HttpVersion.HTTP_1_1, method, target);
  }

  /**
   * Translates a head.
   *
   * @param isWhole whether no body follows
   * @throws Http2Exception that ends the stream, if the request is malformed (RFC 9113, section
   *     8.1.1)
   */
  static StreamRequest of(int stream, Http2Headers head, boolean isWhole) throws Http2Exception {
    try {
      StreamRequest request =
          new StreamRequest(HttpMethod.valueOf(text(head.method())), target(head));
      HttpHeaders headers = request.headers();
      for (Map.Entry<CharSequence, CharSequence> field : head) {
        if (!PseudoHeaderName.hasPseudoHeaderFormat(field.getKey())) {
          headers.add(field.getKey(), field.getValue());
        }
      }
      if (head.authority() != null || !headers.contains(HttpHeaderNames.HOST)) {
        headers.set(HttpHeaderNames.HOST, text(head.authority()));
      }
      if (!isWhole && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
        headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      }
      return request;
    } catch (IllegalArgumentException malformed) {
      throw Http2Exception.streamError(
          stream, Http2Error.PROTOCOL_ERROR, malformed, "malformed request");
    }
  }

  private static String target(Http2Headers head) {
    String path = text(head.path());
    if (path.startsWith("/") || path.equals("*")) {
      return path;
    }
    if (path.isEmpty() && HttpMethod.CONNECT.name().contentEquals(text(head.method()))) {
      return text(head.authority());
    }
    throw new IllegalArgumentException("no path");
  }

  private static String text(@Nullable CharSequence value) {
    return value == null ? "" : value.toString();
  }
}
