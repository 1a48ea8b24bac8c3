package io.kvorum.consensus.hazelcast.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.consensus.hazelcast.core.FailureLatch;
import io.kvorum.consensus.hazelcast.core.LoopTasks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SnapshotRequestsTest {
  private static final long LEADER = 2;

  private final List<CompletableFuture<SnapshotTransfer.Arrived>> pulls = new ArrayList<>();
  private final List<SnapshotTransfer.Arrived> arrivals = new ArrayList<>();
  private final ManualRunner runner = new ManualRunner();
  private final LoopTasks tasks = new LoopTasks(runner, new FailureLatch());
  private final SnapshotRequests requests =
      new SnapshotRequests(
          (memberId, atLeastIndex) -> {
            CompletableFuture<SnapshotTransfer.Arrived> asked = new CompletableFuture<>();
            pulls.add(asked);
            return asked;
          },
          id -> "m" + id,
          tasks,
          arrivals::add);

  @Test
  void afterAFailureThereIsAPauseThatGrows() {
    long pause = 500;
    for (int attempt = 1; attempt <= 8; attempt++) {
      requests.request(LEADER, 7);
      assertThat(pulls).hasSize(attempt);
      fail();
      passMillis(pause - 1);
      requests.request(LEADER, 7);
      assertThat(pulls).as("in a pause of %d ms", pause).hasSize(attempt);
      passMillis(1);
      pause = Math.min(16_000, 2 * pause);
    }
    requests.request(LEADER, 7);
    assertThat(pulls).hasSize(9);
  }

  @Test
  void anotherLeaderIsAskedAtOnce() {
    requests.request(LEADER, 7);
    fail();
    requests.request(3, 7);
    assertThat(pulls).hasSize(2);
    fail();
    passMillis(600);
    requests.request(3, 7);
    assertThat(pulls).as("its pause has not ended with the other's").hasSize(2);
  }

  @Test
  void anArrivalEndsTheTroubles() {
    requests.request(LEADER, 7);
    fail();
    passMillis(500);
    requests.request(LEADER, 7);
    pulls.get(1).complete(new Nothing());
    tasks.runDue();
    assertThat(arrivals).hasSize(1);
    requests.request(LEADER, 8);
    fail();
    passMillis(500);
    requests.request(LEADER, 8);
    assertThat(pulls).hasSize(4);
  }

  private void fail() {
    pulls.get(pulls.size() - 1).completeExceptionally(new IOException("the disk is full"));
    tasks.runDue();
  }

  private void passMillis(long millis) {
    runner.nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
    tasks.runDue();
  }

  private record Nothing() implements SnapshotTransfer.Arrived {
    @Override
    public long index() {
      return 7;
    }

    @Override
    public long term() {
      return 1;
    }

    @Override
    public void install() {}

    @Override
    public void discard() {}
  }

  private static final class ManualRunner implements LoopRunner {
    private long nowNanos;

    @Override
    public void start(Rounds rounds) {}

    @Override
    public void wake() {}

    @Override
    public boolean isRaftThread() {
      return true;
    }

    @Override
    public long nanoTime() {
      return nowNanos;
    }

    @Override
    public void awaitFinished() {}
  }
}
