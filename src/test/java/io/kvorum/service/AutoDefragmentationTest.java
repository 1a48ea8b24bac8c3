package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.membership.MemberTable;
import io.kvorum.model.Bytes;
import io.kvorum.model.FactSink;
import io.kvorum.mvcc.StoreStats;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class AutoDefragmentationTest {
  private static final long MIB = 1L << 20;
  private static final Instant START = Instant.ofEpochSecond(1_800_000_000);

  private final MemberTable members = new MemberTable();

  private void found(long... ids) {
    members.foundIfNew(
        LongStream.of(ids).mapToObj(ServicesUnderTest::voter).toList(), new NoFacts());
  }

  private AutoDefragmentation of(long selfId, double freeRatio, Duration later) {
    Clock clock = Clock.fixed(START.plus(later), ZoneOffset.UTC);
    return new AutoDefragmentation(members, selfId, freeRatio, clock);
  }

  private static StoreStats stats(long allocatedMib, long heldMib) {
    return new StoreStats(1, 1, 1, 1, 1, 1, 1, 1, 1, allocatedMib * MIB, heldMib * MIB, 0, 1, 1);
  }

  @Test
  void aLargeStoreThatIsMostlyFreeIsDue() {
    found(1);
    AutoDefragmentation half = of(1, 0.5, Duration.ZERO);
    assertThat(half.isDue(stats(256, 100))).isTrue();
    assertThat(half.isDue(stats(256, 128))).isFalse();
    assertThat(half.isDue(stats(255, 1))).isFalse();
    assertThat(of(1, 0, Duration.ZERO).isDue(stats(4_000, 1))).isFalse();
  }

  @Test
  void ofSeveralMembersOneIsDueAtATime() {
    found(1, 2, 3);
    List<Long> order =
        LongStream.range(0, 9)
            .map(
                turn -> {
                  Duration later = Duration.ofMinutes(10 * turn);
                  long[] due =
                      LongStream.of(1, 2, 3)
                          .filter(id -> of(id, 0.5, later).isDue(stats(300, 1)))
                          .toArray();
                  assertThat(due).hasSize(1);
                  return due[0];
                })
            .boxed()
            .toList();
    assertThat(order.subList(0, 3)).containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(order.subList(3, 6)).isEqualTo(order.subList(0, 3));
  }

  private static final class NoFacts implements FactSink {
    @Override
    public void put(String name, Bytes value) {
      assertThat(name).startsWith("member/");
    }

    @Override
    public void remove(String name) {
      throw new AssertionError(name);
    }
  }
}
