package io.kvorum.grpc;

import io.kvorum.service.Caller;
import io.kvorum.service.HttpRules;
import io.kvorum.wire.ApiPaths;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Interprets the head of a request, and says where it is wrong. Immutable.
 *
 * <p>Held by: HttpFrontTest, StreamFrontTest.
 *
 * @param path of the target, without escapes; empty if it has a wrong one
 */
record HttpHead(HttpRequest request, String path) {
  /** What precedes the path in the form of a target that clients send to proxies. */
  private static final Pattern ORIGIN = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*");

  /**
   * The headers that matter behind the client port. None that claims to say where a request comes
   * from: the client port knows that.
   */
  private static final List<CharSequence> FORWARDED =
      List.of(HttpHeaderNames.HOST, HttpHeaderNames.USER_AGENT, "traceparent");

  /** Of each of them: the endpoint keeps them for as long as it answers. */
  private static final int MOST_FORWARDED_CHARS = 1 << 10;

  /**
   * What proxies add, and browsers: for an image, a page's request has no {@code Origin}, but one
   * of the others.
   */
  private static final List<CharSequence> INDIRECT =
      List.of(
          "Forwarded",
          "X-Forwarded-For",
          "X-Real-IP",
          HttpHeaderNames.VIA,
          HttpHeaderNames.ORIGIN,
          HttpHeaderNames.REFERER,
          "Sec-Fetch-Site");

  /** Names that no other machine can have. */
  private static final Pattern OF_THIS_MACHINE =
      Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?");

  /** The one page that etcd compresses. */
  private static final String COMPRESSED = "/metrics";

  private static final Pattern GZIP =
      Pattern.compile("(?i)(^|[,\\s])gzip\\s*(,|$|;\\s*q=(1|0\\.\\d*[1-9]))");

  static HttpHead of(HttpRequest request) {
    return new HttpHead(request, pathOf(request));
  }

  private static String pathOf(HttpRequest request) {
    try {
      return target(request).path();
    } catch (IllegalArgumentException wrongEscape) {
      return "";
    }
  }

  private static QueryStringDecoder target(HttpRequest request) {
    String target = request.uri();
    if (!target.startsWith("/")) {
      target = ORIGIN.matcher(target).replaceFirst("");
    }
    return new QueryStringDecoder(
        target.isEmpty() || target.startsWith("?") ? "/" + target : target);
  }

  /** The first line of HTTP/2, which looks like a request. */
  boolean isPreface() {
    return request.decoderResult().isSuccess() && request.method().name().equals("PRI");
  }

  /** Why the connection must be closed instead of serving the request; null if it is right. */
  @Nullable PlainAnswer refusal() {
    if (!request.decoderResult().isSuccess()) {
      return malformed(request.decoderResult().cause());
    }
    if (request.protocolVersion().majorVersion() != 1) {
      return PlainAnswer.refusal(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED);
    }
    int hosts = headers().getAll(HttpHeaderNames.HOST).size();
    if (hosts > 1 || hosts == 0 && !isOld()) {
      return PlainAnswer.badRequest();
    }
    if (headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      List<String> codings = headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
      if (isOld() || headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
        return PlainAnswer.badRequest();
      }
      if (codings.size() != 1
          || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0).trim())) {
        return PlainAnswer.refusal(HttpResponseStatus.NOT_IMPLEMENTED);
      }
    }
    if (!isOld()
        && headers().getAll(HttpHeaderNames.EXPECT).stream()
            .anyMatch(value -> !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(value))) {
      return PlainAnswer.refusal(HttpResponseStatus.EXPECTATION_FAILED);
    }
    return path.isEmpty() ? PlainAnswer.badRequest() : null;
  }

  private static PlainAnswer malformed(Throwable cause) {
    if (cause instanceof TooLongHttpHeaderException) {
      return PlainAnswer.refusal(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    return cause instanceof TooLongHttpLineException
        ? PlainAnswer.refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG)
        : PlainAnswer.badRequest();
  }

  private HttpHeaders headers() {
    return request.headers();
  }

  private boolean isOld() {
    return request.decoderResult().isSuccess()
        && request.protocolVersion().equals(HttpVersion.HTTP_1_0);
  }

  String method() {
    return request.method().name();
  }

  boolean isHead() {
    return method().equals("HEAD");
  }

  /**
   * The request for a page.
   *
   * @param client that has sent it, without a token
   */
  OperatorPages.Request page(Caller client) {
    return new OperatorPages.Request(
        method(),
        path,
        parameters(),
        new OperatorPages.Visitor(client.withToken(token()), isDirect()));
  }

  private @Nullable String token() {
    return Caller.TOKEN_HEADERS.stream()
        .map(name -> headers().get(name))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private boolean isDirect() {
    String host = headers().get(HttpHeaderNames.HOST);
    return (host == null || OF_THIS_MACHINE.matcher(host).matches())
        && INDIRECT.stream().noneMatch(headers()::contains);
  }

  private Map<String, List<String>> parameters() {
    try {
      return target(request).parameters();
    } catch (IllegalArgumentException wrongEscape) {
      return Map.of();
    }
  }

  /**
   * The form of its answer.
   *
   * @param rules null if pages of other origins may not read it
   */
  HttpAnswers.Form form(@Nullable HttpRules rules) {
    return new HttpAnswers.Form(
        rules == null || isOfServer() ? null : rules.allowedOrigin(headers().get("Origin")),
        carrier(),
        !isHead(),
        path.equals(COMPRESSED) && takesGzip());
  }

  private HttpAnswers.Carrier carrier() {
    if (request instanceof StreamRequest) {
      return HttpAnswers.Carrier.HTTP_2;
    }
    return isOld() ? HttpAnswers.Carrier.HTTP_1_0 : HttpAnswers.Carrier.HTTP_1_1;
  }

  /** How long the client wants to wait, as it says it; null if it does not say it. */
  @Nullable String timeout() {
    String timeout = headers().get(GrpcTimeout.HEADER);
    return timeout == null || timeout.isEmpty() ? null : timeout;
  }

  /** Whether the client wants to be served only while there is a leader. */
  boolean requiresLeader() {
    return "true".equals(headers().get("Grpc-Metadata-Hasleader"));
  }

  private boolean takesGzip() {
    for (String value : headers().getAll(HttpHeaderNames.ACCEPT_ENCODING)) {
      if (GZIP.matcher(value).find()) {
        return true;
      }
    }
    return false;
  }

  /** Whether it asks for the server instead of a resource. */
  private boolean isOfServer() {
    return request.uri().equals("*");
  }

  /** The host that it asks for, with its port if it names one; otherwise empty. */
  String host() {
    Matcher origin = ORIGIN.matcher(request.uri());
    return origin.find()
        ? origin.group().substring(origin.group().indexOf("//") + 2)
        : headers().get(HttpHeaderNames.HOST, "");
  }

  /**
   * Where a path that is not clean should have gone, with the escapes and the query of the target;
   * null if it is clean.
   */
  @Nullable String cleanLocation() {
    String asked = ApiPaths.current(path);
    String clean = asked.equals("/v3") ? ApiPaths.PREFIX : CleanPath.of(asked);
    if (clean.equals(asked)) {
      return null;
    }
    int query = request.uri().indexOf('?');
    return CleanPath.escaped(clean) + (query < 0 ? "" : request.uri().substring(query));
  }

  /**
   * The method of a call as the endpoint gets it: all others than POST are refused alike, and some
   * by the container before anybody has looked at the path.
   */
  HttpMethod callMethod() {
    String override = headers().get("X-HTTP-Method-Override", "");
    boolean isOverridden =
        !override.isEmpty()
            && !override.equalsIgnoreCase("POST")
            && headers()
                .get(HttpHeaderNames.CONTENT_TYPE, "")
                .equals("application/x-www-form-urlencoded");
    if (method().equals("POST") && !isOverridden) {
      return HttpMethod.POST;
    }
    return isHead() ? HttpMethod.HEAD : HttpMethod.GET;
  }

  /** How much is kept with it, in characters. */
  int length() {
    int length = request.uri().length();
    for (Map.Entry<String, String> header : headers()) {
      length += header.getKey().length() + header.getValue().length();
    }
    return length;
  }

  /** Whether the client wants to send more requests on the connection. */
  boolean isKept() {
    return HttpUtil.isKeepAlive(request);
  }

  boolean hasBody() {
    return headers().contains(HttpHeaderNames.TRANSFER_ENCODING) || contentLength() > 0;
  }

  /** The length of the body; 0 if there is none, or it is not known. */
  long contentLength() {
    return HttpUtil.getContentLength(request, 0L);
  }

  /** Whether the client waits to be asked before it sends the body. */
  boolean isToBeContinued() {
    return !isOld() && headers().contains(HttpHeaderNames.EXPECT) && hasBody();
  }

  /**
   * The headers for the endpoint: those that it needs, since a container has limits of its own for
   * the others, and may take them for something else. As in etcd, a body is JSON whatever the
   * client calls it.
   */
  HttpHeaders forwarded() {
    HttpHeaders forwarded = new DefaultHttpHeaders(false);
    for (CharSequence name : FORWARDED) {
      String value = headers().get(name);
      if (value != null && value.length() <= MOST_FORWARDED_CHARS) {
        forwarded.set(name, value);
      }
    }
    String token = token();
    if (token != null) {
      forwarded.set(
          Caller.TOKEN_HEADERS.get(0), token.length() > Caller.MOST_TOKEN_CHARS ? "" : token);
    }
    return forwarded.set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
  }
}
