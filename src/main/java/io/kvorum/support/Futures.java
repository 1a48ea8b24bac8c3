package io.kvorum.support;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Handles failures of futures: those that are thrown, and those that are wrapped. Stateless. */
public final class Futures {
  private Futures() {}

  /** The future of the call, which has failed if the call throws. */
  public static <T> CompletableFuture<T> attempt(Supplier<CompletableFuture<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException thrown) {
      return CompletableFuture.failedFuture(thrown);
    }
  }

  /**
   * The future of what comes after another one: at once, without a stage in between, if that one
   * has completed.
   *
   * @param next what it throws is thrown, or becomes the failure of the future
   */
  public static <T extends @Nullable Object, R> CompletableFuture<R> then(
      CompletableFuture<T> first, Function<? super T, CompletableFuture<R>> next) {
    return first.isDone() && !first.isCompletedExceptionally()
        ? next.apply(first.join())
        : first.thenCompose(next);
  }

  /** The failure itself, however many {@code CompletionException}s are around it. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
