package io.kvorum.ops;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A small answer as Go's HTTP library gives it. Immutable. */
record PlainAnswer(int status, String contentType, String body) {
  private static final System.Logger LOG = System.getLogger(PlainAnswer.class.getName());
  private static final String TEXT = "text/plain; charset=utf-8";

  static PlainAnswer text(String body) {
    return new PlainAnswer(HttpServletResponse.SC_OK, TEXT, body);
  }

  static PlainAnswer json(String body) {
    return new PlainAnswer(HttpServletResponse.SC_OK, "application/json", body);
  }

  /** Go ends the text of an error with a line end. */
  static PlainAnswer error(int status, String message) {
    return new PlainAnswer(status, TEXT, message + "\n");
  }

  static PlainAnswer notFound() {
    return error(HttpServletResponse.SC_NOT_FOUND, "404 page not found");
  }

  /** Refuses everything but GET; true if it did. */
  static boolean refusesMethod(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (request.getMethod().equals("GET")) {
      return false;
    }
    response.setHeader("Allow", "GET");
    error(HttpServletResponse.SC_METHOD_NOT_ALLOWED, "Method Not Allowed").send(response);
    return true;
  }

  void send(HttpServletResponse response) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    response.setStatus(status);
    response.setContentType(contentType);
    if (contentType.equals(TEXT)) {
      response.setHeader("X-Content-Type-Options", "nosniff");
    }
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }

  /** Sends an answer when the outcome is there, on a thread of the container. */
  static <T> void send(
      HttpServletRequest request,
      HttpServletResponse response,
      CompletableFuture<T> outcome,
      Function<T, PlainAnswer> answer)
      throws IOException {
    if (outcome.isDone()) {
      answer.apply(outcome.join()).send(response);
      return;
    }
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    outcome.whenComplete(
        (result, failure) -> async.start(() -> complete(async, outcome.thenApply(answer))));
  }

  private static void complete(AsyncContext async, CompletableFuture<PlainAnswer> answer) {
    try {
      answer.join().send((HttpServletResponse) async.getResponse());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the client has gone before its answer", e);
    } finally {
      async.complete();
    }
  }
}
