package io.kvorum.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Command.LeaseCheckpoint;
import io.kvorum.model.Command.LeaseRevoke;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LessorTest {
  private static final long TERM = 3;

  private final LeaseTable table = new LeaseTable();
  private final List<Command> proposed = new ArrayList<>();
  private CompletableFuture<Result> answer = new CompletableFuture<>();
  private long nowNanos = -TimeUnit.DAYS.toNanos(1);
  private final Lessor expiry =
      new Lessor(
          table,
          () -> nowNanos,
          command -> {
            proposed.add(command);
            return answer;
          });

  @Test
  void aLeaseIsRevokedWhenItsTimeHasPassedAndNotBefore() {
    expiry.promote(0, TERM);
    grant(7, 10);
    passSeconds(9);
    expiry.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
  }

  @Test
  void aRevocationIsProposedOnceUntilItFails() {
    expiry.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    expiry.tick();
    expiry.tick();
    assertThat(proposed).hasSize(1);
    answer.completeExceptionally(new IllegalStateException("no leader"));
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM), new LeaseRevoke(7, TERM));
  }

  @Test
  void aRenewedLeaseGetsItsFullTimeAgain() {
    expiry.promote(0, TERM);
    Lease lease = grant(7, 10);
    passSeconds(6);
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(4);
    assertThat(expiry.renew(7)).isCompletedWithValue(10L);
    passSeconds(9);
    expiry.tick();
    assertThat(proposed).isEmpty();
  }

  @Test
  void aLeaseThatIsUnknownCannotBeRenewed() {
    expiry.promote(0, TERM);
    assertThat(expiry.renew(8)).isCompletedWithValue(0L);
    assertThat(proposed).isEmpty();
  }

  @Test
  void nobodyIsToldThatALeaseIsGoneBeforeItsRevocationIsApplied() {
    expiry.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    expiry.tick();
    CompletableFuture<Long> renewal = expiry.renew(7);
    CompletableFuture<Long> another = expiry.renew(7);
    assertThat(renewal).isNotDone();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
    table.remove(7);
    answer.complete(new Result.LeaseRevoke(1));
    assertThat(renewal).isCompletedWithValue(0L);
    assertThat(another).isCompletedWithValue(0L);
  }

  @Test
  void aRenewalThatComesTooLateHasTheLeaseRevokedWithoutWaitingForATick() {
    expiry.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    CompletableFuture<Long> renewal = expiry.renew(7);
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
    answer.complete(new Result.Rejected(1, ErrorCode.LEASE_NOT_FOUND)); // a client was quicker
    assertThat(renewal).isCompletedWithValue(0L);
  }

  @Test
  void aRevocationThatFailsOrIsRejectedLeavesItOpenWhetherTheLeaseLivesOn() {
    expiry.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    answer = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    assertThat(codeOf(expiry.renew(7))).isEqualTo(ErrorCode.TIMEOUT);
    answer = CompletableFuture.completedFuture(new Result.Rejected(1, ErrorCode.NOT_LEADER));
    assertThat(codeOf(expiry.renew(7))).isEqualTo(ErrorCode.NOT_LEADER);
    expiry.tick();
    assertThat(proposed).hasSize(3);
  }

  @Test
  void whoWaitsForARevocationIsSentToTheNextLeader() {
    expiry.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    CompletableFuture<Long> renewal = expiry.renew(7);
    expiry.demote();
    assertThat(codeOf(renewal)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aRenewalThatTakesTooLongToTakeACheckpointBackWaitsForTheRevocation() {
    Lease lease = checkpointed();
    CompletableFuture<Long> renewal = expiry.renew(7);
    passSeconds(100);
    CompletableFuture<Result> taken = answer;
    answer = new CompletableFuture<>();
    expiry.tick();
    assertThat(proposed).last().isEqualTo(new LeaseRevoke(7, TERM));
    table.checkpoint(lease, 0);
    taken.complete(new Result.LeaseCheckpoint(1));
    assertThat(renewal).isNotDone();
    answer.complete(new Result.LeaseRevoke(1));
    assertThat(renewal).isCompletedWithValue(0L);
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
    expiry.promote(TimeUnit.SECONDS.toNanos(1), TERM);
    passSeconds(10);
    expiry.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM));
  }

  @Test
  void aNewLeaderStartsALeaseFromItsCheckpoint() {
    Lease lease = grant(7, 3600);
    table.checkpoint(lease, 100);
    expiry.promote(0, TERM);
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(100);
  }

  @Test
  void longLeasesAreCheckpointedEveryFiveMinutes() {
    expiry.promote(0, TERM);
    grant(7, 3600);
    grant(8, 301);
    grant(9, 60);
    passSeconds(300);
    expiry.tick();
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
    CompletableFuture<Long> renewal = expiry.renew(7);
    assertThat(proposed)
        .containsExactly(new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 0)), TERM));
    assertThat(renewal).isNotDone();
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(50);
    table.checkpoint(lease, 0);
    answer.complete(new Result.LeaseCheckpoint(1));
    assertThat(renewal).isCompletedWithValue(3600L);
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(3600);
  }

  @Test
  void aRenewalFailsWhereTheCheckpointIsNotTakenBack() {
    Lease lease = checkpointed();
    answer = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    assertThat(codeOf(expiry.renew(7))).isEqualTo(ErrorCode.TIMEOUT);
    answer = CompletableFuture.completedFuture(new Result.Rejected(1, ErrorCode.NOT_LEADER));
    assertThat(codeOf(expiry.renew(7))).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(100);
    assertThat(expiry.renewedCount()).isZero();
  }

  @Test
  void aRenewalIsNotGivenInALaterTermThanThatOfTheCheckpointThatWasTakenBack() {
    Lease lease = checkpointed();
    CompletableFuture<Long> renewal = expiry.renew(7);
    expiry.demote();
    expiry.promote(0, TERM + 1);
    table.checkpoint(lease, 0);
    answer.complete(new Result.LeaseCheckpoint(1));
    assertThat(codeOf(renewal)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aRenewalTakesACheckpointBackThatIsStillUnderWay() {
    expiry.promote(0, TERM);
    Lease lease = grant(7, 3600);
    passSeconds(300);
    expiry.tick();
    assertThat(proposed).hasSize(1);
    CompletableFuture<Long> renewal = expiry.renew(7);
    assertThat(renewal).isNotDone();
    assertThat(proposed).as("it waits for its turn").hasSize(1);
    CompletableFuture<Result> first = answer;
    answer = new CompletableFuture<>();
    first.completeExceptionally(new RequestException(ErrorCode.TIMEOUT)); // yet it is applied
    assertThat(proposed)
        .last()
        .isEqualTo(new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 0)), TERM));
    table.checkpoint(lease, 3300);
    table.checkpoint(lease, 0);
    answer.complete(new Result.LeaseCheckpoint(1));
    assertThat(renewal).isCompletedWithValue(3600L);
    assertThat(expiry.renew(7)).isCompletedWithValue(3600L);
  }

  @Test
  void aCheckpointNeverSaysLessThanWhatIsLeft() {
    expiry.promote(0, TERM);
    grant(7, 3600);
    nowNanos += 1;
    passSeconds(300);
    expiry.tick();
    assertThat(proposed)
        .containsExactly(
            new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 3300)), TERM));
  }

  @Test
  void aMemberThatDoesNotLeadRenewsNothing() {
    grant(7, 10);
    assertThat(codeOf(expiry.renew(7))).isEqualTo(ErrorCode.NOT_LEADER);
  }

  /** A lease of an hour, of which a leader before this one left 100 seconds. */
  private Lease checkpointed() {
    Lease lease = grant(7, 3600);
    table.checkpoint(lease, 100);
    expiry.promote(0, TERM);
    return lease;
  }

  private static ErrorCode codeOf(CompletableFuture<?> failed) {
    assertThat(failed).isCompletedExceptionally();
    ErrorCode[] code = new ErrorCode[1];
    assertThatThrownBy(failed::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(RequestException.class, refusal -> code[0] = refusal.code());
    return code[0];
  }

  @Test
  void theLongestLeaseDoesNotOverflowTheClock() {
    nowNanos = Long.MAX_VALUE / 4;
    expiry.promote(0, TERM);
    Lease lease = grant(7, 9_000_000_000L);
    expiry.tick();
    assertThat(proposed).isEmpty();
    assertThat(expiry.remainingSeconds(lease)).isPositive();
  }

  @Test
  void leasesAreListedByExpiry() {
    expiry.promote(0, TERM);
    grant(7, 30);
    grant(8, 10);
    grant(9, 20);
    assertThat(expiry.byExpiry()).extracting(Lease::id).containsExactly(8L, 9L, 7L);
  }

  @Test
  void aMemberThatLeadsNoMoreLetsNothingExpireAndForgetsWhatItProposed() {
    expiry.promote(0, TERM);
    Lease lease = grant(7, 10);
    passSeconds(10);
    expiry.tick();
    assertThat(proposed).hasSize(1);
    expiry.demote();
    assertThat(expiry.isLeading()).isFalse();
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(10);
    passSeconds(1000);
    expiry.tick();
    assertThat(proposed).hasSize(1);
    expiry.promote(0, TERM + 2);
    assertThat(expiry.isLeading()).isTrue();
    assertThat(expiry.remainingSeconds(lease)).isEqualTo(10);
    passSeconds(10);
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM), new LeaseRevoke(7, TERM + 2));
  }

  @Test
  void beingToldTwiceMakesNoDifference() {
    expiry.demote();
    assertThat(expiry.isLeading()).isFalse();
    expiry.promote(0, TERM);
    expiry.promote(0, TERM);
    assertThat(expiry.isLeading()).isTrue();
    expiry.demote();
    expiry.demote();
    assertThat(expiry.isLeading()).isFalse();
  }

  @Test
  void aTickThatIsOvertakenByTheLossOfLeadershipProposesNothingMore() {
    List<Command> revoked = new ArrayList<>();
    Lessor[] deposed = new Lessor[1];
    Lessor leader =
        new Lessor(
            table,
            () -> nowNanos,
            command -> {
              revoked.add(command);
              deposed[0].demote();
              return answer;
            });
    deposed[0] = leader;
    leader.promote(0, TERM);
    for (long id = 1; id <= 5; id++) {
      leader.granted(table.grant(id, 10));
    }
    passSeconds(400);
    leader.tick();
    assertThat(revoked).containsExactly(new LeaseRevoke(1, TERM));
  }

  @Test
  void checkpointsStartAnewWithEachTimeThatAMemberLeads() {
    grant(7, 3600);
    expiry.promote(0, TERM);
    passSeconds(299);
    expiry.demote();
    expiry.promote(0, TERM);
    passSeconds(299);
    expiry.tick();
    assertThat(proposed).isEmpty();
    passSeconds(1);
    expiry.tick();
    assertThat(proposed)
        .containsExactly(
            new LeaseCheckpoint(List.of(new LeaseCheckpoint.Remaining(7, 3300)), TERM));
  }

  @Test
  void aLeaseThatIsGrantedAnewRightAfterItsRevocationExpiresAgain() {
    expiry.promote(0, TERM);
    grant(7, 10);
    passSeconds(10);
    expiry.tick();
    table.remove(7);
    answer.complete(new Result.LeaseRevoke(1));
    grant(7, 10);
    passSeconds(10);
    expiry.tick();
    assertThat(proposed).containsExactly(new LeaseRevoke(7, TERM), new LeaseRevoke(7, TERM));
  }

  @Test
  void leasesThatPiledUpAreSpreadSoThatNoSecondHasMoreThanThreeQuartersOfWhatCanBeRevoked() {
    int pile = 4_000;
    for (int i = 0; i < pile; i++) {
      grant(1 + i, 10 + i % 3);
    }
    grant(9_999, 3_600);
    expiry.promote(TimeUnit.SECONDS.toNanos(1), TERM);
    List<Long> seconds = expiry.byExpiry().stream().map(expiry::remainingSeconds).toList();
    for (int i = 0; i < pile; i++) {
      long id = 1 + i;
      assertThat(expiry.remainingSeconds(table.find(id)))
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
