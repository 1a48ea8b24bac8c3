package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OutboxTest {
  private final AtomicInteger tasks = new AtomicInteger();
  private final EventLoop loop =
      new DefaultEventLoop() {
        @Override
        public void execute(Runnable task) {
          tasks.incrementAndGet();
          super.execute(task);
        }
      };
  private final Outbox outbox = new Outbox(loop);

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Test
  void everythingRunsOnceOnTheEventLoopAndInTheOrderOfItsThread() throws Exception {
    int threads = 4;
    int each = 50_000;
    List<List<Integer>> seen = new ArrayList<>();
    CountDownLatch all = new CountDownLatch(threads * each);
    for (int t = 0; t < threads; t++) {
      List<Integer> mine = new ArrayList<>();
      seen.add(mine);
      new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  int number = i;
                  outbox.add(
                      () -> {
                        assertThat(loop.inEventLoop()).isTrue();
                        mine.add(number);
                        all.countDown();
                      });
                }
              })
          .start();
    }
    assertThat(all.await(50, TimeUnit.SECONDS)).isTrue();
    for (List<Integer> mine : seen) {
      for (int i = 0; i < each; i++) {
        assertThat(mine.get(i)).isEqualTo(i);
      }
    }
  }

  @Test
  void whatComesWhileTheLoopIsBusyTakesOneTask() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch all = new CountDownLatch(500);
    loop.execute(
        () -> {
          try {
            busy.await();
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          }
        });
    int before = tasks.get();
    for (int i = 0; i < 500; i++) {
      outbox.add(all::countDown);
    }
    busy.countDown();
    assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(tasks.get() - before).isEqualTo(1);
  }

  @Test
  void aFailureDoesNotStopWhatFollows() throws Exception {
    CountDownLatch after = new CountDownLatch(1);
    outbox.add(
        () -> {
          throw new IllegalStateException("as it happens");
        });
    outbox.add(after::countDown);
    assertThat(after.await(20, TimeUnit.SECONDS)).isTrue();
  }
}
