package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.StateMachine;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.sim.SimulatedRunner;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Slices that take a millisecond each, on a clock that the test moves. */
class WorkPacerTest {
  private final SimulatedRunner runner = new SimulatedRunner();
  private int slices;
  private boolean moreWaits = true;
  private final WorkPacer pacer =
      new WorkPacer(
          new StateMachine() {
            @Override
            public List<Result> apply(long index, long term, List<Command> commands) {
              throw new AssertionError("not asked for");
            }

            @Override
            public void applyGroup(long index, long term, byte[] group) {}

            @Override
            public DurableState durableState() {
              return new DurableState(0, 0, false, null);
            }

            @Override
            public long durableIndex() {
              throw new AssertionError("not asked for");
            }

            @Override
            public boolean workSlice() {
              slices++;
              runner.advanceMillis(1);
              return moreWaits;
            }
          },
          runner);

  @Test
  void underLoadWorkTakesASixteenthOfTheTime() {
    for (int millis = 0; millis < 1_600; ) {
      int before = slices;
      pacer.batchApplied();
      pacer.run();
      runner.advanceMillis(1);
      millis += 1 + slices - before;
    }
    assertThat(slices).isBetween(90, 105);
  }

  @Test
  void whenNobodyProposesItTakesAllOfIt() {
    pacer.batchApplied();
    pacer.run();
    runner.advanceMillis(10);
    for (int round = 0; round < 100; round++) {
      pacer.run();
      assertThat(pacer.restNanos(1_000_000_000)).isZero();
    }
    assertThat(slices).isEqualTo(101);
  }

  @Test
  void theEngineRestsNoLongerThanUntilTheNextSliceIsDue() {
    pacer.batchApplied();
    pacer.run();
    assertThat(pacer.restNanos(1_000_000_000)).isBetween(1L, 5_000_000L);
    moreWaits = false;
    runner.advanceMillis(20);
    pacer.run();
    assertThat(pacer.restNanos(1_000_000_000)).isEqualTo(1_000_000_000);
  }
}
