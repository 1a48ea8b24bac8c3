package io.kvorum.watch;

import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets the hub thread sleep while it has no work, at next to no cost for those who bring some while
 * it is awake. One thread sleeps, any thread rings.
 *
 * <p>Whoever brings work puts it where the sleeper looks, then rings. The sleeper says that it is
 * asleep, then looks. So one of them sees the other.
 */
final class Doorbell {
  private volatile boolean asleep;
  private volatile @Nullable Thread sleeper;

  void ring() {
    // What was brought may have been written with release semantics only.
    VarHandle.fullFence();
    if (asleep) {
      asleep = false;
      LockSupport.unpark(sleeper);
    }
  }

  /** Sleeps until it rings, the time is over, or for no reason; not at all if there is work. */
  void sleep(long maxNanos, BooleanSupplier hasWork) {
    sleeper = Thread.currentThread();
    asleep = true;
    if (!hasWork.getAsBoolean()) {
      LockSupport.parkNanos(this, maxNanos);
    }
    asleep = false;
  }
}
