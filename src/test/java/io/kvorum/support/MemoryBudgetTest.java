package io.kvorum.support;

import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.ErrorCode;
import io.kvorum.support.MemoryBudget.Account;
import io.kvorum.support.MemoryBudget.Hold;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
  private static final int MIB = 1 << 20;

  private final Queue<Runnable> impatient = new ArrayDeque<>();
  private final MemoryBudget budget = new MemoryBudget(8 * MIB, 4 * MIB, impatient::add);

  @Test
  void whatIsTakenIsCountedUntilTheHoldIsClosed() {
    Account account = budget.newAccount();
    Hold hold = account.open();
    assertThat(hold.tryTake(MIB)).isTrue();
    assertThat(hold.take(2 * MIB)).isCompleted();
    assertThat(budget.usedBytes()).isEqualTo(3 * MIB);
    assertThat(account.usedBytes()).isEqualTo(3 * MIB);
    hold.give(MIB);
    assertThat(hold.bytes()).isEqualTo(2 * MIB);
    hold.close();
    hold.close();
    assertThat(budget.usedBytes()).isZero();
    assertThat(account.usedBytes()).isZero();
  }

  @Test
  void aClosedHoldTakesNothing() {
    Hold hold = budget.newAccount().open();
    hold.close();
    assertThat(hold.tryTake(1)).isFalse();
    assertThat(hold.take(1)).isCompletedExceptionally();
    hold.give(0);
    hold.settle(5);
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void anAbandonedHoldKeepsWhatItHoldsUntilItIsClosedAndTakesNoMore() {
    Account account = budget.newAccount();
    Hold hold = account.open();
    assertThat(hold.tryTake(3 * MIB)).isTrue();
    CompletableFuture<Void> waits = hold.take(2 * MIB);
    hold.abandon();
    assertThat(waits).isCompletedExceptionally();
    assertThat(budget.stats().waiting()).isZero();
    assertThat(hold.isAbandoned()).isTrue();
    assertThat(budget.usedBytes()).isEqualTo(3 * MIB);
    assertThat(hold.tryTake(1)).isFalse();
    assertThat(hold.take(1)).isCompletedExceptionally();
    hold.settle(MIB);
    assertThat(budget.usedBytes()).isEqualTo(MIB);
    hold.close();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void moreThanAShareIsRefusedAtOnce() {
    Hold hold = budget.newAccount().open();
    assertThat(codeOf(hold.take(4 * MIB + 1))).isEqualTo(ErrorCode.ANSWER_TOO_LARGE);
    assertThat(budget.stats().refused()).isEqualTo(1);
    assertThat(impatient).isEmpty();
  }

  @Test
  void theSharesOfAllCallsOfAnAccountAreOne() {
    Account account = budget.newAccount();
    Hold first = account.open();
    Hold second = account.open();
    assertThat(first.tryTake(3 * MIB)).isTrue();
    CompletableFuture<Void> waits = second.take(2 * MIB);
    assertThat(waits).isNotDone();
    assertThat(budget.stats().waiting()).isEqualTo(1);
    first.close();
    assertThat(waits).isCompleted();
    assertThat(budget.stats().waiting()).isZero();
    assertThat(account.usedBytes()).isEqualTo(2 * MIB);
  }

  @Test
  void anAccountThatHasUsedUpItsShareStopsNobodyBehindIt() {
    Account greedy = budget.newAccount();
    Hold held = greedy.open();
    assertThat(held.tryTake(4 * MIB)).isTrue();
    CompletableFuture<Void> itself = greedy.open().take(2 * MIB);
    CompletableFuture<Void> other = budget.newAccount().open().take(2 * MIB);
    assertThat(itself).isNotDone();
    assertThat(other).isCompleted();
  }

  @Test
  void thoseWhoWaitAreAdmittedInTheirOrder() {
    Hold first = budget.newAccount().open();
    Hold second = budget.newAccount().open();
    assertThat(first.tryTake(4 * MIB)).isTrue();
    assertThat(second.tryTake(3 * MIB)).isTrue();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      budget.newAccount().open().take(i == 0 ? 4 * MIB : MIB).thenRun(() -> order.add(number));
    }
    assertThat(order).as("the small ones would fit, but are behind").isEmpty();
    first.close();
    assertThat(order).containsExactly(0);
    second.close();
    assertThat(order).containsExactly(0, 1, 2);
  }

  @Test
  void smallAmountsNeitherQueueNorAreLeftWithoutRoom() {
    List<Hold> large = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      Hold hold = budget.newAccount().open();
      assertThat(hold.tryTake(MIB)).isTrue();
      large.add(hold);
    }
    CompletableFuture<Void> waits = budget.newAccount().open().take(MIB);
    assertThat(waits).as("an eighth is not for large ones").isNotDone();
    assertThat(budget.newAccount().open().take(MemoryBudget.SMALL_BYTES)).isCompleted();
    assertThat(budget.newAccount().open().tryTake(1000)).isTrue();
  }

  @Test
  void aRequestThatWaitedLongEnoughIsRefused() {
    Hold held = budget.newAccount().open();
    Hold also = budget.newAccount().open();
    assertThat(held.tryTake(4 * MIB)).isTrue();
    assertThat(also.tryTake(3 * MIB)).isTrue();
    Hold late = budget.newAccount().open();
    CompletableFuture<Void> waits = late.take(2 * MIB);
    impatient.remove().run();
    assertThat(codeOf(waits)).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
    assertThat(budget.stats().waiting()).isZero();
    held.close();
    assertThat(late.bytes()).isZero();
    assertThat(late.take(2 * MIB)).as("it may ask again").isCompleted();
    impatient.forEach(Runnable::run);
    assertThat(late.bytes()).isEqualTo(2 * MIB);
  }

  @Test
  void aCallThatEndsWhileItWaitsGivesUpItsPlace() {
    Hold held = budget.newAccount().open();
    Hold also = budget.newAccount().open();
    assertThat(held.tryTake(4 * MIB)).isTrue();
    assertThat(also.tryTake(3 * MIB)).isTrue();
    Hold cancelled = budget.newAccount().open();
    CompletableFuture<Void> waits = cancelled.take(MIB);
    cancelled.close();
    assertThatThrownBy(waits::get).isInstanceOf(CancellationException.class);
    assertThat(budget.stats().waiting()).isZero();
    held.close();
    also.close();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void anEstimateIsCorrectedInBothDirections() {
    Hold hold = budget.newAccount().open();
    assertThat(hold.tryTake(MIB)).isTrue();
    hold.settle(6 * MIB);
    assertThat(budget.usedBytes()).as("even beyond its share").isEqualTo(6 * MIB);
    CompletableFuture<Void> waits = budget.newAccount().open().take(3 * MIB);
    assertThat(waits).isNotDone();
    hold.settle(MIB);
    assertThat(waits).isCompleted();
    assertThat(budget.usedBytes()).isEqualTo(4 * MIB);
  }

  @Test
  void aWeightMultipliesWhatIsTaken() {
    Hold hold = budget.newAccount().open();
    hold.weigh(3);
    assertThat(hold.tryTake(MIB)).isTrue();
    assertThat(hold.bytes()).isEqualTo(3 * MIB);
    assertThat(codeOf(hold.take(2 * MIB))).isEqualTo(ErrorCode.ANSWER_TOO_LARGE);
    hold.settle(MIB);
    assertThat(budget.usedBytes()).isEqualTo(MIB);
  }

  /** Many threads take, wait, give, close: at the end nothing is used, and nobody was forgotten. */
  @Test
  void nothingIsLostBetweenThreads() throws Exception {
    MemoryBudget shared = new MemoryBudget(8 * MIB, 4 * MIB, task -> {});
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> runs = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        Random random = new Random(thread);
        Account account = shared.newAccount();
        runs.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 20_000; i++) {
                    Hold hold = account.open();
                    CompletableFuture<Void> taken = hold.take(1 + random.nextInt(3 * MIB));
                    if (random.nextInt(4) > 0) {
                      taken.join();
                      hold.settle(random.nextInt(MIB));
                    }
                    hold.close();
                  }
                }));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(shared.usedBytes()).isZero();
    assertThat(shared.stats().waiting()).isZero();
  }
}
