package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.grpc.Arrivals.Arrival;
import io.kvorum.support.MemoryBudget;
import org.junit.jupiter.api.Test;

final class ArrivalsTest {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final long FREE = Arrivals.FREE_BYTES;

  private final MemoryBudget budget = Arrivals.budget(4 * MIB, KIB);
  private final Arrivals arrivals = new Arrivals(budget.newAccount().open());

  @Test
  void oneConnectionMayHaveHalfAndTheOtherHalfIsForOthers() {
    Arrivals others = new Arrivals(budget.newAccount().open());
    assertThat(arrivals.begin().hold(2 * MIB)).isTrue();
    assertThat(arrivals.begin().hold(3 * KIB)).isFalse();
    assertThat(others.begin().hold(MIB)).isTrue();
  }

  @Test
  void whatIsSmallHasRoomWhenLargeOnesThatComeInSmallPartsHaveNone() {
    Arrivals others = new Arrivals(budget.newAccount().open());
    assertThat(others.begin().hold(2 * MIB)).isTrue();
    Arrival growing = arrivals.begin();
    int parts = 1;
    while (growing.hold(parts * 10L * KIB)) {
      parts++;
    }
    assertThat(budget.usedBytes()).isEqualTo(4 * MIB - 4 * MIB / 8);
    assertThat(arrivals.begin().hold(100 * KIB)).isFalse();
    assertThat(arrivals.begin().hold(60 * KIB)).isTrue();
  }

  @Test
  void thereIsRoomForTheLargestMessagesOfTwoConnections() {
    assertThat(Arrivals.budget(0, KIB).stats().bytes()).isEqualTo(4 * KIB);
    assertThat(Arrivals.budget(0, KIB).share()).isEqualTo(2 * KIB);
  }

  @Test
  void theFirstBytesAreFreeAndWhatIsTakenIsGivenBack() {
    Arrival arrival = arrivals.begin();
    assertThat(arrival.hold(FREE)).isTrue();
    assertThat(budget.usedBytes()).isZero();
    assertThat(arrival.hold(FREE + 10)).isTrue();
    assertThat(arrival.hold(FREE + 30)).isTrue();
    assertThat(budget.usedBytes()).isEqualTo(30);
    assertThat(arrival.hold(1 << 30)).as("more than there is").isFalse();
    assertThat(budget.usedBytes()).as("after that").isEqualTo(30);
    arrival.hold(0);
    arrival.hold(0);
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void oneThatTakesTooLongIsNoticedAndALargerOneMayTakeLonger() {
    Arrival small = arrivals.begin();
    Arrival large = arrivals.begin();
    large.hold(FREE + 20 * KIB);
    for (int check = 0; check < 2 + 2; check++) {
      assertThat(arrivals.isLate(2, 10 * KIB)).as("large, check %d", check).isFalse();
    }
    assertThat(arrivals.isLate(2, 10 * KIB)).isTrue();
    large.hold(0);
    small.hold(FREE + 1);
    for (int check = 0; check < 2; check++) {
      assertThat(arrivals.isLate(2, 10 * KIB)).as("small, check %d", check).isFalse();
    }
    assertThat(arrivals.isLate(2, 10 * KIB)).isTrue();
  }

  @Test
  void theTimeOfEachMessageIsItsOwn() {
    Arrival stream = arrivals.begin();
    for (int message = 0; message < 10; message++) {
      stream.hold(FREE + 1);
      assertThat(arrivals.isLate(1, KIB)).isFalse();
      stream.hold(0);
      assertThat(arrivals.isLate(1, KIB)).isFalse();
    }
  }
}
