package io.kvorum.sim;

import io.kvorum.consensus.LoopRunner;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Runs the Raft loop when the simulation says so, on the simulation's thread and clock. */
public final class SimulatedRunner implements LoopRunner {
  private final @Nullable LongSupplier time;
  private @Nullable Rounds rounds;
  private boolean finished;
  private long now;

  /** A runner with its own clock, see {@link #advanceMillis}. */
  public SimulatedRunner() {
    this.time = null;
  }

  /**
   * @param time in nanoseconds, shared with others
   */
  public SimulatedRunner(LongSupplier time) {
    this.time = time;
  }

  @Override
  public void start(Rounds newRounds) {
    rounds = newRounds;
  }

  /**
   * @return false if the loop has finished
   */
  public boolean runRound() {
    if (!finished) {
      finished = requireRounds().runRound() == Rounds.FINISHED;
    }
    return !finished;
  }

  /**
   * Runs one round.
   *
   * @return the nanoseconds until it needs the next one, if nothing arrives before: 0 if at once,
   *     {@link Long#MAX_VALUE} if never
   */
  public long runOne() {
    if (finished) {
      return Long.MAX_VALUE;
    }
    long idle = requireRounds().runRound();
    finished = idle == Rounds.FINISHED;
    if (finished) {
      return Long.MAX_VALUE;
    }
    return requireRounds().hasWork() ? 0 : idle;
  }

  /** Whether the Raft thread would not park now. */
  public boolean hasWork() {
    return !finished && requireRounds().hasWork();
  }

  /** Runs rounds until the Raft thread would park. */
  public void runUntilIdle() {
    while (!finished) {
      long idle = requireRounds().runRound();
      finished = idle == Rounds.FINISHED;
      if (idle > 0 && !requireRounds().hasWork()) {
        return;
      }
    }
  }

  public void advanceMillis(long millis) {
    now += millis * 1_000_000;
  }

  private Rounds requireRounds() {
    if (rounds == null) {
      throw new IllegalStateException("not started");
    }
    return rounds;
  }

  @Override
  public void wake() {}

  @Override
  public boolean isRaftThread() {
    return true;
  }

  @Override
  public long nanoTime() {
    return time == null ? now : time.getAsLong();
  }

  @Override
  public void awaitFinished() {
    while (runRound()) {
      // The last round comes at once, since the stop was asked for.
    }
  }
}
