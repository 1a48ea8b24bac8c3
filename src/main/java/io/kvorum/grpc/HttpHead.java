package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Interprets the head of an HTTP/1.1 request as far as pages need it. Immutable.
 *
 * <p>Held by: HttpFrontTest.
 */
record HttpHead(HttpRequest request) {
  static final int MAX_BYTES = 64 << 10;

  /** Netty's decoder of requests, without its place in a pipeline. Confined to one connection. */
  static final class Decoder extends HttpRequestDecoder {
    Decoder() {
      super(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(MAX_BYTES)
              .setMaxHeaderSize(MAX_BYTES)
              .setValidateHeaders(false));
    }

    /**
     * Reads on.
     *
     * @param bytes what it has not seen yet; it reads no further than to the end of the head
     * @return null if the head does not end there
     */
    @Nullable HttpHead next(ChannelHandlerContext context, ByteBuf bytes) throws Exception {
      List<Object> found = new ArrayList<>(2);
      decode(context, bytes, found);
      return found.isEmpty() ? null : new HttpHead((HttpRequest) found.get(0));
    }
  }

  /** False for what is no head, or too long for one. */
  boolean isReadable() {
    return request.decoderResult().isSuccess();
  }

  /** False for the preface of HTTP/2, which looks like a request. */
  boolean isHttp1() {
    return request.protocolVersion().majorVersion() == 1;
  }

  /** The request for a page; its path is empty if it has a wrong escape. */
  OperatorPages.Request page() {
    QueryStringDecoder target = new QueryStringDecoder(request.uri());
    return new OperatorPages.Request(request.method().name(), pathOf(target), parametersOf(target));
  }

  /** The form of its answer. */
  HttpAnswers.Form form(boolean isShared) {
    return new HttpAnswers.Form(
        isShared,
        request.protocolVersion().minorVersion() == 0 ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1,
        !request.method().name().equals("HEAD"));
  }

  /**
   * Whether another request may follow: not after one with a body, nor after one that waits for
   * permission to send it.
   */
  boolean isKept() {
    HttpHeaders headers = request.headers();
    return HttpUtil.isKeepAlive(request)
        && headers.get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0")
        && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        && !headers.contains(HttpHeaderNames.EXPECT);
  }

  private static String pathOf(QueryStringDecoder target) {
    try {
      return target.path();
    } catch (IllegalArgumentException wrongEscape) {
      return "";
    }
  }

  private static Map<String, List<String>> parametersOf(QueryStringDecoder target) {
    try {
      return target.parameters();
    } catch (IllegalArgumentException wrongEscape) {
      return Map.of();
    }
  }
}
