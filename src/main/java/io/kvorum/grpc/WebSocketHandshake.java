package io.kvorum.grpc;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request that asks for a WebSocket (RFC 6455), and makes of it the request that is served
 * over it. Immutable.
 *
 * <p>As in etcd, neither {@code Authorization} nor gRPC's headers have a meaning here: browsers
 * cannot send them. A token is in the name of a protocol or in a cookie.
 *
 * <p>Held by: WebSocketFrontTest.
 */
record WebSocketHandshake(HttpHead head) {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;
  private static final String VERSION = "13";
  private static final String BEARER = "Bearer";

  /** Whether a request asks for one. */
  static boolean isIn(HttpHead head) {
    HttpHeaders headers = head.request().headers();
    return headers.containsValue(HttpHeaderNames.CONNECTION, "upgrade", true)
        && headers.containsValue(HttpHeaderNames.UPGRADE, "websocket", true);
  }

  private HttpHeaders headers() {
    return head.request().headers();
  }

  /** Why there can be none; null if there can. */
  @Nullable PlainAnswer refusal() {
    if (!head.method().equals("GET")) {
      return refusal(HttpResponseStatus.METHOD_NOT_ALLOWED);
    }
    boolean isRight =
        VERSION.equals(headers().get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))
            && head.request().protocolVersion().equals(HttpVersion.HTTP_1_1)
            && !head.hasBody()
            && hasKey();
    return isRight ? null : refusal(HttpResponseStatus.BAD_REQUEST);
  }

  private static PlainAnswer refusal(HttpResponseStatus status) {
    return new PlainAnswer(
        status.code(),
        PlainAnswer.TEXT,
        status.reasonPhrase() + "\n",
        Map.of("Sec-Websocket-Version", VERSION));
  }

  private String key() {
    return headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "");
  }

  private boolean hasKey() {
    try {
      return Base64.getDecoder().decode(key()).length == KEY_BYTES;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** The headers of the answer that grants it, in order. */
  List<Map.Entry<String, String>> answer() {
    Map.Entry<String, String> upgrade = Map.entry("Upgrade", "websocket");
    Map.Entry<String, String> connection = Map.entry("Connection", "Upgrade");
    Map.Entry<String, String> accept = Map.entry("Sec-WebSocket-Accept", accept(key()));
    return protocol().startsWith(BEARER)
        ? List.of(upgrade, connection, accept, Map.entry("Sec-WebSocket-Protocol", BEARER))
        : List.of(upgrade, connection, accept);
  }

  private static String accept(String key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder()
          .encodeToString(sha1.digest((key + GUID).getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every Java has it
    }
  }

  private String protocol() {
    return headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
  }

  /**
   * The request that is served. Messages of both sides travel over paths of streams alone; any
   * other is asked for with GET, which is refused as it is without a WebSocket.
   */
  HttpHead request(JsonTarget path) {
    HttpHeaders sent = new DefaultHttpHeaders();
    for (CharSequence name : List.of(HttpHeaderNames.HOST, HttpHeaderNames.USER_AGENT)) {
      String value = headers().get(name);
      if (value != null) {
        sent.set(name, value);
      }
    }
    String authorization = authorization();
    if (authorization != null) {
      sent.set(HttpHeaderNames.AUTHORIZATION, authorization);
    }
    HttpMethod method = path.hasRequestStream() ? HttpMethod.POST : HttpMethod.GET;
    return new HttpHead(
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, head.request().uri(), sent),
        head.path());
  }

  /** Null if there is no token. */
  private @Nullable String authorization() {
    for (String line : headers().getAll(HttpHeaderNames.COOKIE)) {
      for (Cookie cookie : ServerCookieDecoder.LAX.decode(line)) {
        if (cookie.name().equals("token")) {
          return BEARER + " " + cookie.value();
        }
      }
    }
    int comma = protocol().indexOf(BEARER + ",");
    if (comma >= 0) {
      return BEARER + " " + protocol().substring(comma + BEARER.length() + 1).strip();
    }
    // A protocol without a token counts as an invalid token.
    return protocol().isEmpty() ? null : "";
  }
}
