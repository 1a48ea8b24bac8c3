package io.kvorum.ops;

/**
 * A small HTTP answer as Go's HTTP library gives it. Immutable.
 *
 * <p>Held by: HealthChecksTest.
 */
public record PlainAnswer(int status, String contentType, String body) {
  /** The content type of text. */
  public static final String TEXT = "text/plain; charset=utf-8";

  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int SERVICE_UNAVAILABLE = 503;

  public static PlainAnswer text(String body) {
    return new PlainAnswer(OK, TEXT, body);
  }

  public static PlainAnswer json(String body) {
    return new PlainAnswer(OK, "application/json", body);
  }

  public static PlainAnswer notFound() {
    return error(NOT_FOUND, "404 page not found");
  }

  public static PlainAnswer methodNotAllowed() {
    return error(METHOD_NOT_ALLOWED, "Method Not Allowed");
  }

  static PlainAnswer unavailable(String message) {
    return error(SERVICE_UNAVAILABLE, message);
  }

  /** Go ends the text of an error with a line end. */
  private static PlainAnswer error(int status, String message) {
    return new PlainAnswer(status, TEXT, message + "\n");
  }

  public boolean isText() {
    return contentType.equals(TEXT);
  }
}
