package io.kvorum.peer.grpc.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class InboundCreditTest {
  private final InboundCredit credit = new InboundCredit(100);
  private int reads;

  @Test
  void readingStopsBeyondTheBoundAndGoesOnWhenHalfOfItIsFree() {
    credit.read(100);
    assertThat(credit.resume(() -> reads++)).isTrue();
    credit.read(1);
    assertThat(credit.resume(() -> reads++)).isFalse();
    credit.taken(50);
    assertThat(reads).isEqualTo(1);
    credit.taken(1);
    assertThat(reads).isEqualTo(2);
    credit.taken(50);
    assertThat(reads).as("once").isEqualTo(2);
  }

  @Test
  @Timeout(60)
  void noWakeUpIsLostHoweverTheThreadsInterleave() throws Exception {
    int count = 200_000;
    BlockingQueue<Integer> waiting = new LinkedBlockingQueue<>();
    Thread taker =
        new Thread(
            () -> {
              for (int i = 0; i < count; i++) {
                try {
                  credit.taken(waiting.take());
                } catch (InterruptedException stopped) {
                  return;
                }
              }
            });
    taker.setDaemon(true);
    taker.start();
    Semaphore allowed = new Semaphore(0);
    for (int i = 0; i < count; i++) {
      int bytes = 1 + i % 120;
      credit.read(bytes);
      waiting.add(bytes);
      credit.resume(allowed::release);
      assertThat(allowed.tryAcquire(10, TimeUnit.SECONDS)).as("frame %d", i).isTrue();
    }
    taker.join();
    assertThat(allowed.availablePermits()).isZero();
  }
}
