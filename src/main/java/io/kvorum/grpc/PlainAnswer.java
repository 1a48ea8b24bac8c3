package io.kvorum.grpc;

import io.grpc.Status;
import io.kvorum.service.HttpRules;
import io.kvorum.support.JsonText;
import io.kvorum.wire.ErrorTable;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Holds a small HTTP answer as Go's HTTP library gives it. Immutable.
 *
 * <p>Held by: HealthChecksTest, HttpFrontTest.
 *
 * @param headers further ones, by name; sorted if there are several
 */
public record PlainAnswer(
    int status, String contentType, String body, Map<String, String> headers) {
  /** The content type of text. */
  public static final String TEXT = "text/plain; charset=utf-8";

  private static final String JSON = "application/json";
  private static final String BINARY = "application/octet-stream";

  private static final int OK = 200;
  private static final int TEMPORARY_REDIRECT = 307;
  private static final int BAD_REQUEST = 400;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int INTERNAL_SERVER_ERROR = 500;
  private static final int BAD_GATEWAY = 502;
  private static final int SERVICE_UNAVAILABLE = 503;

  public PlainAnswer(int status, String contentType, String body) {
    this(status, contentType, body, Map.of());
  }

  public static PlainAnswer text(String body) {
    return new PlainAnswer(OK, TEXT, body);
  }

  public static PlainAnswer json(String body) {
    return new PlainAnswer(OK, JSON, body);
  }

  /** Bytes, of which the body holds each as the character with that number. */
  public static PlainAnswer binary(byte[] body) {
    return new PlainAnswer(OK, BINARY, new String(body, StandardCharsets.ISO_8859_1));
  }

  public static PlainAnswer badRequest(String message) {
    return error(BAD_REQUEST, message);
  }

  public static PlainAnswer forbidden(String message) {
    return error(FORBIDDEN, message);
  }

  public static PlainAnswer notFound() {
    return error(NOT_FOUND, "404 page not found");
  }

  public static PlainAnswer methodNotAllowed() {
    return error(METHOD_NOT_ALLOWED, "Method Not Allowed");
  }

  public static PlainAnswer unavailable(String message) {
    return error(SERVICE_UNAVAILABLE, message);
  }

  static PlainAnswer badRequest() {
    return refusal(HttpResponseStatus.BAD_REQUEST);
  }

  /** The refusal of a request that is wrong as such, whatever it asks for. */
  static PlainAnswer refusal(HttpResponseStatus status) {
    return error(status.code(), status.toString());
  }

  static PlainAnswer internalError() {
    return error(INTERNAL_SERVER_ERROR, "Internal Server Error");
  }

  /** The answer to OPTIONS: it has headers alone. */
  static PlainAnswer empty() {
    return new PlainAnswer(OK, "", "");
  }

  /**
   * Sends the client elsewhere.
   *
   * @param location a path with its escapes
   * @param isRead whether the client shows pages: a GET is answered with one
   */
  static PlainAnswer redirect(String location, boolean isRead) {
    String page = "<a href=\"" + location.replace("&", "&amp;") + "\">Temporary Redirect</a>.\n\n";
    return new PlainAnswer(
        TEMPORARY_REDIRECT,
        isRead ? "text/html; charset=utf-8" : "",
        isRead ? page : "",
        Map.of("Location", location));
  }

  /** The refusal of a request whose Host header names another host than this one may be. */
  static PlainAnswer unknownHost(String host) {
    return new PlainAnswer(
        HttpResponseStatus.MISDIRECTED_REQUEST.code(), TEXT, HttpRules.unknownHost(host));
  }

  /** An error in the form of etcd's JSON gateway. */
  static PlainAnswer gatewayError(Status.Code code, String message) {
    return gatewayError(ErrorTable.httpStatusOf(code), code, message);
  }

  /** The refusal of a request that came before JSON is served. */
  static PlainAnswer starting(String reason) {
    return gatewayError(
        Status.Code.UNAVAILABLE, "this member does not serve JSON yet, and " + reason);
  }

  /** What a failure becomes that the container words itself, as a page for browsers. */
  static PlainAnswer failure(HttpResponseStatus status) {
    Status.Code code =
        switch (status.code()) {
          case 401 -> Status.Code.UNAUTHENTICATED;
          case 403 -> Status.Code.PERMISSION_DENIED;
          case NOT_FOUND -> Status.Code.NOT_FOUND;
          case SERVICE_UNAVAILABLE -> Status.Code.UNAVAILABLE;
          default ->
              status.code() < INTERNAL_SERVER_ERROR
                  ? Status.Code.INVALID_ARGUMENT
                  : Status.Code.INTERNAL;
        };
    return gatewayError(status.code(), code, status.reasonPhrase());
  }

  static PlainAnswer badGateway(String message) {
    return gatewayError(BAD_GATEWAY, Status.Code.UNAVAILABLE, message);
  }

  static PlainAnswer gatewayError(int status, Status.Code code, String message) {
    return new PlainAnswer(status, JSON, json(code, message));
  }

  /** The error that is the only message of a stream, or the last one, with its line end. */
  static PlainAnswer streamError(Status.Code code, String message) {
    return new PlainAnswer(
        ErrorTable.httpStatusOf(code), JSON, "{\"error\":" + json(code, message) + "}\n");
  }

  private static String json(Status.Code code, String message) {
    return "{\"code\":" + code.value() + ",\"message\":" + JsonText.quoted(message) + "}";
  }

  /** Go ends the text of an error with a line end. */
  private static PlainAnswer error(int status, String message) {
    return new PlainAnswer(status, TEXT, message + "\n");
  }

  /** The body as it is sent. */
  public byte[] bytes() {
    return body.getBytes(
        contentType.equals(BINARY) ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  /** The methods that the resource has, if the answer must name them; otherwise empty. */
  public String allow() {
    return status == METHOD_NOT_ALLOWED ? "GET" : "";
  }
}
