package io.kvorum.consensus.hazelcast.core;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the first failure after which this member must stop. Hazelcast catches what its tasks
 * throw, logs it and carries on; so such a failure is recorded here before it is thrown, and the
 * loop checks here after each step. Thread-safe.
 *
 * <p>Held by: RaftConsensusTest.
 */
public final class FailureLatch {
  private volatile @Nullable Throwable cause;

  public synchronized void record(Throwable failure) {
    Throwable first = cause;
    if (first == null) {
      cause = failure;
    } else if (first != failure && !isCauseOf(first, failure)) {
      first.addSuppressed(failure);
    }
  }

  public @Nullable Throwable cause() {
    return cause;
  }

  public boolean isSet() {
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
