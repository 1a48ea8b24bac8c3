package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RecentLeaderTest {
  private boolean hasLeader;
  private long nowNanos = Long.MAX_VALUE - 5;
  private final RecentLeader recent =
      new RecentLeader(() -> hasLeader, Duration.ofNanos(10), () -> nowNanos);

  @Test
  void thereIsNoneBeforeTheFirst() {
    assertThat(recent.getAsBoolean()).isFalse();
  }

  @Test
  void aLeaderThatIsMissingForAShortTimeIsRecent() {
    hasLeader = true;
    assertThat(recent.getAsBoolean()).isTrue();
    hasLeader = false;
    nowNanos += 9;
    assertThat(recent.getAsBoolean()).isTrue();
    nowNanos += 1;
    assertThat(recent.getAsBoolean()).isFalse();
  }

  @Test
  void aLeaderThatComesBackStartsTheTimeAfresh() {
    hasLeader = true;
    assertThat(recent.getAsBoolean()).isTrue();
    hasLeader = false;
    nowNanos += 20;
    assertThat(recent.getAsBoolean()).isFalse();
    hasLeader = true;
    assertThat(recent.getAsBoolean()).isTrue();
    hasLeader = false;
    nowNanos += 9;
    assertThat(recent.getAsBoolean()).isTrue();
  }
}
