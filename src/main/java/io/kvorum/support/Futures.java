package io.kvorum.support;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Looks through the exceptions that futures wrap around a failure. */
public final class Futures {
  private Futures() {}

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
