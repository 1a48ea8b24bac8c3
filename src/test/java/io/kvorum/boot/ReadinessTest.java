package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.service.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadinessTest {
  private final List<Runnable> later = new ArrayList<>();
  private int served;
  private final Readiness readiness =
      new Readiness(
          () -> served++,
          new Scheduler() {
            @Override
            public long nanoTime() {
              return 0;
            }

            @Override
            public void runAfter(Duration delay, Runnable task) {
              assertThat(delay).isEqualTo(Readiness.PATIENCE);
              later.add(task);
            }
          });

  private void awaitReady() throws Exception {
    readiness.whenReady().get(30, TimeUnit.SECONDS);
  }

  @Test
  void clientsAreServedWhenTheMemberHasRecoveredAndKnowsALeader() throws Exception {
    readiness.recovered();
    assertThat(served).isZero();
    readiness.leaderChanged(true);
    assertThat(served).isEqualTo(1);
    awaitReady();
  }

  @Test
  void aLeaderThatIsKnownBeforeTheRecoveryHasEndedIsRemembered() throws Exception {
    readiness.leaderChanged(true);
    assertThat(served).isZero();
    readiness.recovered();
    assertThat(served).isEqualTo(1);
    awaitReady();
  }

  @Test
  void aLeaderThatWasLostMeanwhileIsNone() {
    readiness.leaderChanged(true);
    readiness.leaderChanged(false);
    readiness.recovered();
    assertThat(served).isZero();
  }

  @Test
  void withoutALeaderClientsAreServedAfterSomeTimeAndTheMemberIsReadyLater() throws Exception {
    readiness.recovered();
    later.forEach(Runnable::run);
    assertThat(served).isEqualTo(1);
    assertThat(readiness.whenReady()).isNotDone();
    readiness.leaderChanged(true);
    awaitReady();
    assertThat(served).isEqualTo(1);
  }

  @Test
  void aMemberThatStopsBeforeServesNobody() {
    readiness.recovered();
    readiness.end();
    later.forEach(Runnable::run);
    readiness.leaderChanged(true);
    assertThat(served).isZero();
    assertThat(readiness.whenReady()).isCancelled();
  }
}
