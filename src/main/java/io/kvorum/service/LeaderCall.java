package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the leader: first this member, which refuses if it does not lead, then by way of the others.
 * While nobody leads, or whoever does cannot be reached, it asks again every 50 ms, as etcd does.
 *
 * <p>Thread-safe; nothing blocks.
 */
final class LeaderCall {
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** Nobody was asked, or whoever was did nothing. */
  private static final Set<ErrorCode> UNDONE =
      EnumSet.of(ErrorCode.NOT_LEADER, ErrorCode.NO_LEADER);

  /** Or nobody knows. */
  private static final Set<ErrorCode> UNANSWERED =
      EnumSet.of(ErrorCode.NOT_LEADER, ErrorCode.NO_LEADER, ErrorCode.TIMEOUT_CONNECTION_LOST);

  private final Consensus consensus;
  private final Scheduler delays;
  private final long patienceNanos;

  /**
   * @param patience how long it goes on asking
   */
  LeaderCall(Consensus consensus, Scheduler delays, Duration patience) {
    this.consensus = consensus;
    this.delays = delays;
    this.patienceNanos = patience.toNanos();
  }

  /**
   * The answer of the leader, to a question that may be asked twice. Fails as the leader does; with
   * TIMEOUT if it could not be asked in time, with NO_LEADER if there was none.
   */
  <T> CompletableFuture<T> ask(
      Supplier<CompletableFuture<T>> here, Supplier<CompletableFuture<T>> elsewhere) {
    return ask(new Question<>(here, elsewhere, UNANSWERED));
  }

  /**
   * As {@link #ask}, where something is to be done once: a refusal with NOT_LEADER or NO_LEADER
   * must mean that it was not done. Fails with TIMEOUT_CONNECTION_LOST if that is open.
   */
  <T> CompletableFuture<T> order(
      Supplier<CompletableFuture<T>> here, Supplier<CompletableFuture<T>> elsewhere) {
    return ask(new Question<>(here, elsewhere, UNDONE));
  }

  private <T> CompletableFuture<T> ask(Question<T> question) {
    return ask(question, delays.nanoTime() + patienceNanos);
  }

  private <T> CompletableFuture<T> ask(Question<T> question, long deadlineNanos) {
    return question
        .askBoth()
        .exceptionallyCompose(
            failure ->
                question.canBeRepeatedAfter(failure)
                    ? askLater(question, deadlineNanos)
                    : CompletableFuture.failedFuture(failure));
  }

  private <T> CompletableFuture<T> askLater(Question<T> question, long deadlineNanos) {
    if (delays.nanoTime() + PAUSE.toNanos() - deadlineNanos >= 0) {
      ErrorCode code = consensus.status().hasLeader() ? ErrorCode.TIMEOUT : ErrorCode.NO_LEADER;
      return CompletableFuture.failedFuture(new RequestException(code));
    }
    CompletableFuture<Void> pause = new CompletableFuture<>();
    delays.runAfter(PAUSE, () -> pause.complete(null));
    return pause.thenCompose(passed -> ask(question, deadlineNanos));
  }

  private static @Nullable ErrorCode codeOf(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof RequestException refusal ? refusal.code() : null;
  }

  /**
   * What is asked, here and elsewhere.
   *
   * @param repeatable the failures after which it may be asked again
   */
  private record Question<T>(
      Supplier<CompletableFuture<T>> here,
      Supplier<CompletableFuture<T>> elsewhere,
      Set<ErrorCode> repeatable) {

    CompletableFuture<T> askBoth() {
      return here.get()
          .exceptionallyCompose(
              failure ->
                  codeOf(failure) == ErrorCode.NOT_LEADER
                      ? elsewhere.get()
                      : CompletableFuture.failedFuture(failure));
    }

    boolean canBeRepeatedAfter(Throwable failure) {
      ErrorCode code = codeOf(failure);
      return code != null && repeatable.contains(code);
    }
  }
}
