package io.kvorum.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Command.LeaseCheckpoint;
import io.kvorum.model.Command.LeaseRevoke;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeaseExpiryTest {
  private final LeaseTable table = new LeaseTable();
  private final List<Command> proposed = new ArrayList<>();
  private CompletableFuture<Result> answer = new CompletableFuture<>();
  private long nowNanos = -TimeUnit.DAYS.toNanos(1);
  private final LeaseExpiry expiry =
      new LeaseExpiry(
          table,
          () -> nowNanos,
          command -> {
            proposed.add(command);
            return answer;
          });

  @Test
  void aLeaseIsRevokedWhenItsTimeHasPassedAndNotBefore() {
    expiry.promote(0);
    grant(7, 10);
    passSeconds(9);
    expiry.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7));
  }

  @Test
  void aRevocationIsProposedOnceUntilItFails() {
    expiry.promote(0);
    grant(7, 10);
    passSeconds(10);
    expiry.tick();
    expiry.tick();
    assertThat(proposed).hasSize(1);
    answer.completeExceptionally(new IllegalStateException("no leader"));
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7), new LeaseRevoke(7));
  }

  @Test
  void aRenewedLeaseGetsItsFullTimeAgain() {
    expiry.promote(0);
    Lease lease = grant(7, 10);
    passSeconds(6);
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(4);
    assertThat(expiry.renew(7)).isEqualTo(10);
    passSeconds(9);
    expiry.tick();
    assertThat(proposed).isEmpty();
  }

  @Test
  void aLeaseThatRanOutOrIsUnknownCannotBeRenewed() {
    expiry.promote(0);
    grant(7, 10);
    passSeconds(10);
    assertThat(expiry.renew(7)).isZero();
    assertThat(expiry.renew(8)).isZero();
  }

  @Test
  void nothingExpiresOnAMemberThatDoesNotLead() {
    Lease lease = grant(7, 10);
    passSeconds(1000);
    expiry.tick();
    assertThat(proposed).isEmpty();
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(10);
  }

  @Test
  void aNewLeaderGivesEachLeaseItsFullTimeAndTheGrace() {
    grant(7, 10);
    expiry.promote(TimeUnit.SECONDS.toNanos(1));
    passSeconds(10);
    expiry.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7));
  }

  @Test
  void aNewLeaderStartsALeaseFromItsCheckpoint() {
    Lease lease = grant(7, 3600);
    table.checkpoint(lease, 100);
    expiry.promote(0);
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(100);
  }

  @Test
  void longLeasesAreCheckpointedEveryFiveMinutes() {
    expiry.promote(0);
    grant(7, 3600);
    grant(8, 301);
    grant(9, 60);
    passSeconds(300);
    expiry.renew(9);
    expiry.tick();
    assertThat(proposed)
        .filteredOn(LeaseCheckpoint.class::isInstance)
        .flatExtracting(command -> ((LeaseCheckpoint) command).leases())
        .containsExactlyInAnyOrder(
            new LeaseCheckpoint.Remaining(7, 3300), new LeaseCheckpoint.Remaining(8, 1));
  }

  @Test
  void aRenewalTakesTheCheckpointBack() {
    expiry.promote(0);
    table.checkpoint(grant(7, 3600), 100);
    expiry.renew(7);
    assertThat(proposed)
        .containsExactly(new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 0))));
  }

  @Test
  void theLongestLeaseDoesNotOverflowTheClock() {
    nowNanos = Long.MAX_VALUE / 4;
    expiry.promote(0);
    Lease lease = grant(7, 9_000_000_000L);
    expiry.tick();
    assertThat(proposed).isEmpty();
    assertThat(expiry.remainingSeconds(lease)).isPositive();
  }

  @Test
  void leasesAreListedByExpiry() {
    expiry.promote(0);
    grant(7, 30);
    grant(8, 10);
    grant(9, 20);
    assertThat(expiry.byExpiry()).extracting(Lease::id).containsExactly(8L, 9L, 7L);
  }

  @Test
  void aTableSurvivesItsFacts() {
    Lease lease = grant(7, 30);
    table.checkpoint(lease, 12);
    LeaseTable restored = new LeaseTable();
    Bytes key = Bytes.utf8("k");
    restored.restore(
        Map.of(LeaseTable.factName(7), LeaseTable.factValue(lease), "other", Bytes.EMPTY),
        Map.of(key, 7L));
    Lease found = restored.find(7);
    assertThat(found).isNotNull();
    assertThat(found.ttlSeconds()).isEqualTo(30);
    assertThat(found.checkpointedSeconds()).isEqualTo(12);
    assertThat(found.keys()).containsExactly(key);
    assertThat(restored.leaseIdOf(key)).isEqualTo(7);
  }

  @Test
  void aKeyHangsOnOneLeaseAtATime() {
    Lease first = grant(7, 30);
    Lease second = grant(8, 30);
    Bytes key = Bytes.utf8("k");
    table.attach(key, 7);
    table.attach(key, 8);
    assertThat(first.keys()).isEmpty();
    assertThat(second.keys()).containsExactly(key);
    table.attach(key, 0);
    assertThat(second.keys()).isEmpty();
    assertThat(table.leaseIdOf(key)).isZero();
  }

  private Lease grant(long id, long ttlSeconds) {
    Lease lease = table.grant(id, ttlSeconds);
    expiry.granted(lease);
    return lease;
  }

  private void passSeconds(long seconds) {
    nowNanos += TimeUnit.SECONDS.toNanos(seconds);
  }
}
