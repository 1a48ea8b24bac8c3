package io.kvorum.sim;

import io.kvorum.consensus.hazelcast.EngineRunner;
import org.jspecify.annotations.Nullable;

/** Runs the engine when the simulation says so, on the simulation's thread and clock. */
public final class SimulatedRunner implements EngineRunner {
  private @Nullable Rounds rounds;
  private boolean finished;
  private long now;

  @Override
  public void start(Rounds newRounds) {
    rounds = newRounds;
  }

  /**
   * @return false if the engine has finished
   */
  public boolean runRound() {
    if (!finished) {
      finished = requireRounds().runRound() == Rounds.FINISHED;
    }
    return !finished;
  }

  /** Runs rounds until the engine would park. */
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
  public boolean isEngineThread() {
    return true;
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void awaitFinished() {
    while (runRound()) {
      // The last round comes at once, since the stop was asked for.
    }
  }
}
