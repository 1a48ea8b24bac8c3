package io.kvorum.ops.web;

import io.kvorum.grpc.PlainAnswer;
import io.kvorum.support.Log;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * Sends a {@link PlainAnswer} as a servlet's response. Stateless.
 *
 * <p>Held by: OpsEndpointsIT.
 */
final class WebAnswers {
  private static final Log LOG = Log.of(WebAnswers.class);

  private WebAnswers() {}

  private static void send(PlainAnswer answer, HttpServletResponse response) throws IOException {
    byte[] bytes = answer.bytes();
    response.setStatus(answer.status());
    if (!answer.allow().isEmpty()) {
      response.setHeader("Allow", answer.allow());
    }
    response.setContentType(answer.contentType());
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }

  /** Sends an answer once it is known, on a thread of the container. */
  static void send(
      HttpServletRequest request,
      HttpServletResponse response,
      CompletableFuture<PlainAnswer> answer)
      throws IOException {
    if (answer.isDone()) {
      send(answer.join(), response);
      return;
    }
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    answer.whenComplete((result, failure) -> async.start(() -> complete(async, answer)));
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
