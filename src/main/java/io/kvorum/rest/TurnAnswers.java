package io.kvorum.rest;

import io.kvorum.service.Turn;
import io.kvorum.wire.ErrorTable;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Answers requests that wait for their turn, without a thread. A turn whose client disconnects
 * before its answer is abandoned. Thread-safe.
 *
 * <p>Held by: JsonLockIT.
 */
@ApplicationSingleton
public final class TurnAnswers {
  private final VanishedClients clients;
  private final AnswerThreads threads;

  @Inject
  public TurnAnswers(VanishedClients clients, AnswerThreads threads) {
    this.clients = clients;
    this.threads = threads;
  }

  <R, M> CompletionStage<M> answer(
      HttpServletRequest request, Turn<R> turn, Function<R, M> toMessage) {
    VanishedClients.Sought client = clients.seek(request, turn::abandon);
    return threads
        .answer(ErrorTable.withoutCodes(turn.result()), toMessage)
        .whenComplete(
            (message, failure) -> {
              client.forget();
              if (failure == null && client.isConnected()) {
                turn.delivered();
              } else {
                turn.abandon();
              }
            });
  }
}
