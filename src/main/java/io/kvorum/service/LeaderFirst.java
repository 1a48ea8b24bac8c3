package io.kvorum.service;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Asks the leader: first this member, which refuses if it does not lead, then by way of the others.
 * Stateless.
 */
final class LeaderFirst {
  private LeaderFirst() {}

  /**
   * Either answer; fails with LEADER_CHANGED if both say that they do not lead. Both questions must
   * be such that a refusal with NOT_LEADER has changed nothing.
   */
  static <T> CompletableFuture<T> ask(
      Supplier<CompletableFuture<T>> here, Supplier<CompletableFuture<T>> elsewhere) {
    return here.get()
        .exceptionallyCompose(failure -> isNotLeader(failure) ? elsewhere.get() : failed(failure))
        .exceptionallyCompose(
            failure ->
                failed(
                    isNotLeader(failure)
                        ? new RequestException(ErrorCode.LEADER_CHANGED)
                        : failure));
  }

  private static boolean isNotLeader(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof RequestException refusal && refusal.code() == ErrorCode.NOT_LEADER;
  }

  private static <T> CompletableFuture<T> failed(Throwable failure) {
    return CompletableFuture.failedFuture(failure);
  }
}
