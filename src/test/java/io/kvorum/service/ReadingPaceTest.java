package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadingPaceTest {
  private static final long STEP = TimeUnit.MILLISECONDS.toNanos(2);

  private long revision = 1;
  private long now = -TimeUnit.SECONDS.toNanos(1);
  private final ReadingPace pace = new ReadingPace(() -> revision, () -> now);

  /** The pause after a step in which so many revisions were written. */
  private long pause(long written) {
    long began = now;
    now += STEP;
    revision += written;
    return pace.pauseAfter(began);
  }

  @Test
  void readingIsNotHeldUpByFewWriters() {
    assertThat(pause(0)).isZero();
    assertThat(pause(2)).isZero();
  }

  @Test
  void manyWritersGetNineTenthsOfTheTime() {
    assertThat(pause(3)).isEqualTo(9 * STEP);
    now += 9 * STEP;
    assertThat(pause(0)).as("they may just be between two batches").isEqualTo(9 * STEP);
  }

  @Test
  void aSecondAfterThemThereIsNoPause() {
    pause(1000);
    now += TimeUnit.SECONDS.toNanos(1);
    assertThat(pause(0)).isZero();
  }
}
