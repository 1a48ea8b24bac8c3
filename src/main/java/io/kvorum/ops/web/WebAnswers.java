package io.kvorum.ops.web;

import io.kvorum.ops.PlainAnswer;
import io.kvorum.support.Log;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Sends a {@link PlainAnswer} as a servlet's response. Stateless.
 *
 * <p>Held by: OpsEndpointsIT.
 */
final class WebAnswers {
  private static final Log LOG = Log.of(WebAnswers.class);

  private WebAnswers() {}

  /** Refuses everything but GET; true if it did. */
  static boolean refusesMethod(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (request.getMethod().equals("GET")) {
      return false;
    }
    response.setHeader("Allow", "GET");
    send(PlainAnswer.methodNotAllowed(), response);
    return true;
  }

  static void send(PlainAnswer answer, HttpServletResponse response) throws IOException {
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    response.setStatus(answer.status());
    response.setContentType(answer.contentType());
    if (answer.isText()) {
      response.setHeader("X-Content-Type-Options", "nosniff");
    }
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }

  /** Sends an answer once the outcome is known, on a thread of the container. */
  static <T> void send(
      HttpServletRequest request,
      HttpServletResponse response,
      CompletableFuture<T> outcome,
      Function<T, PlainAnswer> answer)
      throws IOException {
    if (outcome.isDone()) {
      send(answer.apply(outcome.join()), response);
      return;
    }
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    outcome.whenComplete(
        (result, failure) -> async.start(() -> complete(async, outcome.thenApply(answer))));
  }

  private static void complete(AsyncContext async, CompletableFuture<PlainAnswer> answer) {
    try {
      send(answer.join(), (HttpServletResponse) async.getResponse());
    } catch (IOException e) {
      LOG.debug("the client disconnected before its answer", e);
    } finally {
      async.complete();
    }
  }
}
