package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HoldingRoomTest {
  private final EventLoop loop = new DefaultEventLoop();
  private final HoldingRoom room =
      new HoldingRoom(new HoldLimits(3, 100, 250, Duration.ofSeconds(1)));

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }

  private HoldingRoom.Place enter(Runnable onCall) {
    return room.enter(loop, onCall);
  }

  @Test
  void whoDoesNotFitIsNotAdmittedUntilAnotherLeaves() {
    HoldingRoom.Place first = enter(() -> {});
    enter(() -> {});
    enter(() -> {});
    assertThat(enter(() -> {})).isNull();
    first.leave();
    first.leave();
    assertThat(room.size()).isEqualTo(2);
    assertThat(enter(() -> {})).isNotNull();
  }

  @Test
  void bytesAreLimitedForEachAndForAll() {
    HoldingRoom.Place first = enter(() -> {});
    assertThat(first.hold(99)).isTrue();
    assertThat(first.isFull()).isFalse();
    assertThat(first.hold(100)).isTrue();
    assertThat(first.isFull()).isTrue();
    HoldingRoom.Place second = enter(() -> {});
    assertThat(second.hold(150)).isTrue();
    HoldingRoom.Place third = enter(() -> {});
    assertThat(third.hold(1)).isFalse();
    first.leave();
    assertThat(third.hold(100)).isTrue();
  }

  @Test
  void thoseWhoAreStillThereAreCalled() throws Exception {
    List<String> called = new ArrayList<>();
    enter(() -> called.add("stays"));
    HoldingRoom.Place gone = enter(() -> called.add("gone"));
    loop.submit(
            () -> {
              room.call();
              gone.leave();
            })
        .get();
    loop.submit(() -> {}).get();
    assertThat(called).containsExactly("stays");
  }
}
