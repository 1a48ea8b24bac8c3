package io.kvorum.lease;

import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Command.LeaseCheckpoint;
import io.kvorum.model.Command.LeaseRevoke;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.FactSink;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.testing.FactMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LessorTest {
  private static final long TERM = 3;

  private final LeaseTable table = new LeaseTable();
  private final List<Command> proposed = new ArrayList<>();
  private CompletableFuture<Result> answer = new CompletableFuture<>();
  private long nowNanos = -TimeUnit.DAYS.toNanos(1);
  private final Map<String, Bytes> facts = new HashMap<>();
  private final Lessor lessor = new Lessor(table, () -> nowNanos);

  @BeforeEach
  void start() {
    lessor.start(
        command -> {
          proposed.add(command);
          return answer;
        });
  }

  @Test
  void aLeaseIsRevokedWhenItsTimeHasPassedAndNotBefore() {
    lessor.promote(0, TERM);
    grant(7, 10);
    passSeconds(9);
    lessor.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    lessor.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
  }

  @Test
  void aRevocationIsProposedOnceUntilItFails() {
    lessor.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    lessor.tick();
    lessor.tick();
    assertThat(proposed).hasSize(1);
    answer.completeExceptionally(new IllegalStateException("no leader"));
    lessor.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM), new LeaseRevoke(7, TERM));
  }

  @Test
  void aRenewedLeaseGetsItsFullTimeAgain() {
    lessor.promote(0, TERM);
    Lease lease = grant(7, 10);
    passSeconds(6);
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(4);
    assertThat(lessor.renew(7)).isCompletedWithValue(10L);
    passSeconds(9);
    lessor.tick();
    assertThat(proposed).isEmpty();
  }

  @Test
  void aLeaseThatIsUnknownCannotBeRenewed() {
    lessor.promote(0, TERM);
    assertThat(lessor.renew(8)).isCompletedWithValue(0L);
    assertThat(proposed).isEmpty();
  }

  @Test
  void nobodyIsToldThatALeaseIsGoneBeforeItsRevocationIsApplied() {
    lessor.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    lessor.tick();
    CompletableFuture<Long> renewal = lessor.renew(7);
    CompletableFuture<Long> another = lessor.renew(7);
    assertThat(renewal).isNotDone();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
    table.remove(7, sink());
    answer.complete(new Result.LeaseRevoke(1));
    assertThat(renewal).isCompletedWithValue(0L);
    assertThat(another).isCompletedWithValue(0L);
  }

  @Test
  void aRenewalThatComesTooLateHasTheLeaseRevokedWithoutWaitingForATick() {
    lessor.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    CompletableFuture<Long> renewal = lessor.renew(7);
    lessor.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
    answer.complete(new Result.Rejected(1, ErrorCode.LEASE_NOT_FOUND)); // a client was quicker
    assertThat(renewal).isCompletedWithValue(0L);
  }

  @Test
  void aRevocationThatFailsOrIsRejectedLeavesItOpenWhetherTheLeaseLivesOn() {
    lessor.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    answer = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    assertThat(codeOf(lessor.renew(7))).isEqualTo(ErrorCode.TIMEOUT);
    answer = CompletableFuture.completedFuture(new Result.Rejected(1, ErrorCode.NOT_LEADER));
    assertThat(codeOf(lessor.renew(7))).isEqualTo(ErrorCode.NOT_LEADER);
    lessor.tick();
    assertThat(proposed).hasSize(3);
  }

  @Test
  void whoWaitsForARevocationIsSentToTheNextLeader() {
    lessor.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    CompletableFuture<Long> renewal = lessor.renew(7);
    lessor.demote();
    assertThat(codeOf(renewal)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aRenewalThatTakesTooLongToTakeACheckpointBackWaitsForTheRevocation() {
    Lease lease = checkpointed();
    CompletableFuture<Long> renewal = lessor.renew(7);
    passSeconds(100);
    CompletableFuture<Result> taken = answer;
    answer = new CompletableFuture<>();
    lessor.tick();
    assertThat(proposed).last().isEqualTo(new LeaseRevoke(7, TERM));
    table.checkpoint(lease.id(), 0, sink());
    taken.complete(new Result.LeaseCheckpoint(1));
    assertThat(renewal).isNotDone();
    answer.complete(new Result.LeaseRevoke(1));
    assertThat(renewal).isCompletedWithValue(0L);
  }

  @Test
  void nothingExpiresOnAMemberThatDoesNotLead() {
    Lease lease = grant(7, 10);
    passSeconds(1000);
    lessor.tick();
    assertThat(proposed).isEmpty();
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(10);
  }

  @Test
  void aNewLeaderGivesEachLeaseItsFullTimeAndTheGrace() {
    grant(7, 10);
    lessor.promote(TimeUnit.SECONDS.toNanos(1), TERM);
    passSeconds(10);
    lessor.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    lessor.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
  }

  @Test
  void aNewLeaderStartsALeaseFromItsCheckpoint() {
    Lease lease = grant(7, 3600);
    table.checkpoint(lease.id(), 100, sink());
    lessor.promote(0, TERM);
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(100);
  }

  @Test
  void longLeasesAreCheckpointedEveryFiveMinutes() {
    lessor.promote(0, TERM);
    grant(7, 3600);
    grant(8, 301);
    grant(9, 60);
    passSeconds(300);
    lessor.tick();
    assertThat(proposed)
        .filteredOn(LeaseCheckpoint.class::isInstance)
        .flatExtracting(command -> ((LeaseCheckpoint) command).leases())
        .containsExactlyInAnyOrder(
            new LeaseCheckpoint.Remaining(7, 3300), new LeaseCheckpoint.Remaining(8, 1));
  }

  @Test
  void aRenewalIsAnsweredOnceTheCheckpointIsTakenBack() {
    Lease lease = checkpointed();
    passSeconds(50);
    CompletableFuture<Long> renewal = lessor.renew(7);
    assertThat(proposed)
        .containsExactly(new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 0)), TERM));
    assertThat(renewal).isNotDone();
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(50);
    table.checkpoint(lease.id(), 0, sink());
    answer.complete(new Result.LeaseCheckpoint(1));
    assertThat(renewal).isCompletedWithValue(3600L);
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(3600);
  }

  @Test
  void aRenewalFailsWhereTheCheckpointIsNotTakenBack() {
    Lease lease = checkpointed();
    answer = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    assertThat(codeOf(lessor.renew(7))).isEqualTo(ErrorCode.TIMEOUT);
    answer = CompletableFuture.completedFuture(new Result.Rejected(1, ErrorCode.NOT_LEADER));
    assertThat(codeOf(lessor.renew(7))).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(100);
    assertThat(lessor.renewedCount()).isZero();
  }

  @Test
  void aRenewalIsNotGivenInALaterTermThanThatOfTheCheckpointThatWasTakenBack() {
    Lease lease = checkpointed();
    CompletableFuture<Long> renewal = lessor.renew(7);
    lessor.demote();
    lessor.promote(0, TERM + 1);
    table.checkpoint(lease.id(), 0, sink());
    answer.complete(new Result.LeaseCheckpoint(1));
    assertThat(codeOf(renewal)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aRenewalTakesACheckpointBackThatIsStillUnderWay() {
    lessor.promote(0, TERM);
    Lease lease = grant(7, 3600);
    passSeconds(300);
    lessor.tick();
    assertThat(proposed).hasSize(1);
    CompletableFuture<Long> renewal = lessor.renew(7);
    assertThat(renewal).isNotDone();
    assertThat(proposed).as("it waits for its turn").hasSize(1);
    CompletableFuture<Result> first = answer;
    answer = new CompletableFuture<>();
    first.completeExceptionally(new RequestException(ErrorCode.TIMEOUT)); // yet it is applied
    assertThat(proposed)
        .last()
        .isEqualTo(new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 0)), TERM));
    table.checkpoint(lease.id(), 3300, sink());
    table.checkpoint(lease.id(), 0, sink());
    answer.complete(new Result.LeaseCheckpoint(1));
    assertThat(renewal).isCompletedWithValue(3600L);
    assertThat(lessor.renew(7)).isCompletedWithValue(3600L);
  }

  @Test
  void aCheckpointNeverSaysLessThanWhatIsLeft() {
    lessor.promote(0, TERM);
    grant(7, 3600);
    nowNanos += 1;
    passSeconds(300);
    lessor.tick();
    assertThat(proposed)
        .containsExactly(
            new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 3300)), TERM));
  }

  @Test
  void aMemberThatDoesNotLeadRenewsNothing() {
    grant(7, 10);
    assertThat(codeOf(lessor.renew(7))).isEqualTo(ErrorCode.NOT_LEADER);
  }

  /** A lease of an hour, of which a leader before this one left 100 seconds. */
  private Lease checkpointed() {
    Lease lease = grant(7, 3600);
    table.checkpoint(lease.id(), 100, sink());
    lessor.promote(0, TERM);
    return lease;
  }

  @Test
  void theLongestLeaseDoesNotOverflowTheClock() {
    nowNanos = Long.MAX_VALUE / 4;
    lessor.promote(0, TERM);
    Lease lease = grant(7, 9_000_000_000L);
    lessor.tick();
    assertThat(proposed).isEmpty();
    assertThat(lessor.remainingSeconds(lease)).isPositive();
  }

  @Test
  void leasesAreListedByExpiry() {
    lessor.promote(0, TERM);
    grant(7, 30);
    grant(8, 10);
    grant(9, 20);
    assertThat(lessor.byExpiry()).extracting(Lease::id).containsExactly(8L, 9L, 7L);
  }

  /** Renewals while leases are compared make the order that they are compared in no order. */
  @Test
  void leasesAreListedWhileTheyAreRenewed() throws Exception {
    lessor.promote(0, TERM);
    int count = 5_000;
    for (int i = 1; i <= count; i++) {
      grant(i, 10 + i % 100);
    }
    AtomicBoolean isOver = new AtomicBoolean();
    Thread renewing =
        new Thread(
            () -> {
              for (long i = 0; !isOver.get(); i++) {
                Lease lease = table.find(1 + (i * 7_919) % count);
                lease.setDeadlineNanos((i * 1_000_003) % 1_000_000);
              }
            });
    renewing.start();
    try {
      for (int i = 0; i < 100; i++) {
        assertThat(lessor.byExpiry()).hasSize(count);
      }
    } finally {
      isOver.set(true);
      renewing.join();
    }
  }

  @Test
  void aMemberThatLeadsNoMoreLetsNothingExpireAndForgetsWhatItProposed() {
    lessor.promote(0, TERM);
    Lease lease = grant(7, 10);
    passSeconds(10);
    lessor.tick();
    assertThat(proposed).hasSize(1);
    lessor.demote();
    assertThat(lessor.isLeading()).isFalse();
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(10);
    passSeconds(1000);
    lessor.tick();
    assertThat(proposed).hasSize(1);
    lessor.promote(0, TERM + 2);
    assertThat(lessor.isLeading()).isTrue();
    assertThat(lessor.remainingSeconds(lease)).isEqualTo(10);
    passSeconds(10);
    lessor.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM), new LeaseRevoke(7, TERM + 2));
  }

  @Test
  void beingToldTwiceMakesNoDifference() {
    lessor.demote();
    assertThat(lessor.isLeading()).isFalse();
    lessor.promote(0, TERM);
    lessor.promote(0, TERM);
    assertThat(lessor.isLeading()).isTrue();
    lessor.demote();
    lessor.demote();
    assertThat(lessor.isLeading()).isFalse();
  }

  @Test
  void aTickThatIsOvertakenByTheLossOfLeadershipProposesNothingMore() {
    List<Command> revoked = new ArrayList<>();
    Lessor leader = new Lessor(table, () -> nowNanos);
    leader.start(
        command -> {
          revoked.add(command);
          leader.demote();
          return answer;
        });
    leader.promote(0, TERM);
    for (long id = 1; id <= 5; id++) {
      grant(id, 10);
    }
    passSeconds(400);
    leader.tick();
    assertThat(revoked).containsExactly(new LeaseRevoke(1, TERM));
  }

  @Test
  void checkpointsStartAnewWithEachTimeThatAMemberLeads() {
    grant(7, 3600);
    lessor.promote(0, TERM);
    passSeconds(299);
    lessor.demote();
    lessor.promote(0, TERM);
    passSeconds(299);
    lessor.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    lessor.tick();
    assertThat(proposed)
        .containsExactly(
            new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 3300)), TERM));
  }

  @Test
  void aLeaseThatIsGrantedAnewRightAfterItsRevocationExpiresAgain() {
    lessor.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    lessor.tick();
    table.remove(7, sink());
    answer.complete(new Result.LeaseRevoke(1));
    grant(7, 10);
    passSeconds(10);
    lessor.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM), new LeaseRevoke(7, TERM));
  }

  @Test
  void leasesThatPiledUpAreSpreadSoThatNoSecondHasMoreThanThreeQuartersOfWhatCanBeRevoked() {
    int pile = 4_000;
    for (int i = 0; i < pile; i++) {
      grant(1 + i, 10 + i % 3);
    }
    grant(9_999, 3_600);
    lessor.promote(TimeUnit.SECONDS.toNanos(1), TERM);
    List<Long> seconds = lessor.byExpiry().stream().map(lessor::remainingSeconds).toList();
    for (int i = 0; i < pile; i++) {
      long id = 1 + i;
      assertThat(lessor.remainingSeconds(table.find(id)))
          .as("never less than its time")
          .isGreaterThanOrEqualTo(11 + i % 3);
    }
    for (int i = 750; i <= pile; i++) {
      assertThat(seconds.get(i) - seconds.get(i - 750)).isPositive();
    }
    assertThat(seconds.get(0)).isEqualTo(11);
    assertThat(seconds.get(pile - 1)).as("no later than needed").isEqualTo(11 + (pile - 1) / 750);
    assertThat(seconds.get(pile)).as("one that is not in the way").isEqualTo(3_601);
  }

  @Test
  void aTableSurvivesItsFacts() {
    grant(7, 30);
    grant(8, 30);
    table.checkpoint(7, 12, sink());
    table.remove(8, sink());
    assertThat(facts).containsOnlyKeys("lease/0000000000000007");
    facts.put("other", Bytes.EMPTY);
    LeaseTable restored = new LeaseTable();
    Bytes key = Bytes.utf8("k");
    restored.restore(facts, Map.of(key, 7L));
    Lease found = restored.find(7);
    assertThat(found).isNotNull();
    assertThat(found.ttlSeconds()).isEqualTo(30);
    assertThat(found.checkpointedSeconds()).isEqualTo(12);
    assertThat(found.keys()).containsExactly(key);
    assertThat(restored.leaseIdOf(key)).isEqualTo(7);
  }

  @Test
  void aKeyMayNameALeaseThatIsGrantedLater() {
    Bytes key = Bytes.utf8("k");
    Bytes other = Bytes.utf8("other");
    table.restore(Map.of(), Map.of(key, 7L, other, 7L));
    assertThat(table.find(7)).isNull();
    assertThat(table.all()).isEmpty();
    assertThat(table.leaseIdOf(key)).isEqualTo(7);
    table.attach(key, 7);
    table.detach(other);
    assertThat(grant(7, 30).keys()).as("as after a restart").containsExactly(key);
    table.attach(key, 0);
    assertThat(table.leaseIdOf(key)).isZero();
  }

  @Test
  void aKeyIsAttachedToOneLeaseAtATime() {
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
    table.grant(id, ttlSeconds, sink());
    return table.existing(id);
  }

  private FactSink sink() {
    return new FactMap(facts);
  }

  private void passSeconds(long seconds) {
    nowNanos += TimeUnit.SECONDS.toNanos(seconds);
  }
}
