package io.kvorum.consensus.hazelcast;

import org.jspecify.annotations.Nullable;

/**
 * The first failure after which this member must not go on. The engine catches what is thrown
 * inside its tasks, logs it and carries on; so whoever meets such a failure records it here first,
 * and the loop looks here after each step. Thread-safe.
 */
final class FailureLatch {
  private volatile @Nullable Throwable cause;

  synchronized void record(Throwable failure) {
    Throwable first = cause;
    if (first == null) {
      cause = failure;
    } else if (first != failure && !isCauseOf(first, failure)) {
      first.addSuppressed(failure);
    }
  }

  @Nullable Throwable cause() {
    return cause;
  }

  boolean isSet() {
    return cause != null;
  }

  private static boolean isCauseOf(Throwable first, Throwable wrapper) {
    for (Throwable t = wrapper; t != null; t = t.getCause()) {
      if (t == first) {
        return true;
      }
    }
    return false;
  }
}
