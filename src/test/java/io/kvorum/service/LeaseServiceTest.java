package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseServiceTest {
  private static final long OTHER = 2;
  private static final long LEASE = 7;
  private static final Bytes KEY = Bytes.utf8("k");

  private final ServicesUnderTest member =
      new ServicesUnderTest(
          ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF), voter(OTHER));
  private final LeaseService leases = member.services.lease();

  @BeforeEach
  void grant() {
    member.lessor.promote(0, 1);
    leases.grant(LEASE, 60).join();
    member.services.kv().put(new Command.Put(KEY, Bytes.EMPTY, LEASE, false, false, false)).join();
  }

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  private void follow() {
    member.leaderId = OTHER;
    member.lessor.demote();
  }

  @Test
  void theLeaderAnswersByItself() {
    member.passSeconds(20);
    assertThat(leases.timeToLive(LEASE, true).join())
        .isEqualTo(new LeaseService.TimeToLive(LEASE, 40, 60, List.of(KEY)));
    assertThat(leases.keepAlive(LEASE).join()).isEqualTo(new LeaseService.KeepAlive(LEASE, 60));
    assertThat(leases.timeToLive(LEASE, false).join())
        .isEqualTo(new LeaseService.TimeToLive(LEASE, 60, 60, List.of()));
    assertThat(leases.keepAlive(8).join()).isEqualTo(new LeaseService.KeepAlive(8, 0));
    assertThat(leases.timeToLive(8, true).join().ttlSeconds()).isEqualTo(-1);
    assertThat(member.asked).isEmpty();
  }

  @Test
  void leasesAreListedOnAWorker() {
    List<Runnable> work = new ArrayList<>();
    member.workers = work::add;
    CompletableFuture<List<Long>> listed = leases.leases();
    assertThat(listed).isNotDone();
    work.forEach(Runnable::run);
    assertThat(listed).isCompletedWithValue(List.of(LEASE));
  }

  @Test
  void aFollowerHasTheLeaderRenew() {
    follow();
    member.otherLeases = CompletableFuture.completedFuture(60L);
    assertThat(leases.keepAlive(LEASE).join()).isEqualTo(new LeaseService.KeepAlive(LEASE, 60));
    assertThat(member.asked).containsExactly("renew 7");
  }

  @Test
  void aFollowerKnowsTheKeysAndAsksTheLeaderForTheTimeThatIsLeft() {
    follow();
    member.otherLeases = CompletableFuture.completedFuture(33L);
    assertThat(leases.timeToLive(LEASE, true).join())
        .isEqualTo(new LeaseService.TimeToLive(LEASE, 33, 60, List.of(KEY)));
    assertThat(member.asked).containsExactly("remaining 7");
  }

  @Test
  void aLeaseThatTheLeaderDoesNotKnowIsGoneForTheFollowerToo() {
    follow();
    member.otherLeases = CompletableFuture.completedFuture(-1L);
    assertThat(leases.timeToLive(LEASE, true).join())
        .isEqualTo(new LeaseService.TimeToLive(LEASE, -1, 0, List.of()));
  }

  @Test
  void theListOfLeasesIsThatOfTheLeader() {
    member.confirmation = new CompletableFuture<>();
    CompletableFuture<List<Long>> list = leases.leases();
    assertThat(list).isNotDone();
    leases.grant(LEASE + 1, 90).join();
    member.confirmation.complete(null);
    assertThat(list).isCompletedWithValue(List.of(LEASE, LEASE + 1));
  }

  @Test
  void aFollowerWaitsUntilItHasCaughtUpBeforeItAsksWhatIsLeft() {
    follow();
    member.confirmation = new CompletableFuture<>();
    CompletableFuture<LeaseService.TimeToLive> answer = leases.timeToLive(LEASE, true);
    assertThat(member.asked).isEmpty();
    member.otherLeases = CompletableFuture.completedFuture(33L);
    member.confirmation.complete(null);
    assertThat(answer.join().ttlSeconds()).isEqualTo(33);
  }

  @Test
  void aQuestionWaitsUntilAnotherMemberLeads() {
    follow();
    member.leaderId = 0;
    member.otherLeases = failed(ErrorCode.NO_LEADER);
    CompletableFuture<LeaseService.KeepAlive> renewal = leases.keepAlive(LEASE);
    CompletableFuture<LeaseService.TimeToLive> question = leases.timeToLive(LEASE, false);
    member.passMillis(2_000);
    member.otherLeases = failed(ErrorCode.NOT_LEADER);
    member.passMillis(50);
    member.otherLeases = failed(ErrorCode.TIMEOUT_CONNECTION_LOST);
    member.passMillis(50);
    assertThat(renewal).isNotDone();
    assertThat(question).isNotDone();
    assertThat(member.asked).as("asked every 50 ms").hasSize(2 * (1 + 42));
    member.otherLeases = CompletableFuture.completedFuture(60L);
    member.passMillis(49);
    assertThat(renewal).isNotDone();
    member.passMillis(1);
    assertThat(renewal).isCompletedWithValue(new LeaseService.KeepAlive(LEASE, 60));
    assertThat(question.join().ttlSeconds()).isEqualTo(60);
  }

  @Test
  void aQuestionWaitsUntilThisMemberLeads() {
    follow();
    CompletableFuture<LeaseService.KeepAlive> renewal = leases.keepAlive(LEASE);
    member.passMillis(100);
    assertThat(renewal).isNotDone();
    member.leaderId = ServicesUnderTest.SELF;
    member.lessor.promote(0, 1);
    member.passMillis(50);
    assertThat(renewal).isCompletedWithValue(new LeaseService.KeepAlive(LEASE, 60));
  }

  @Test
  void aQuestionThatNoLeaderAnswersInTimeFails() {
    follow();
    CompletableFuture<LeaseService.KeepAlive> renewal = leases.keepAlive(LEASE);
    member.passMillis(ServicesUnderTest.REQUEST_TIMEOUT.toMillis() - 51);
    assertThat(renewal).isNotDone();
    member.passMillis(51);
    assertThat(codeOf(renewal)).isEqualTo(ErrorCode.TIMEOUT);
    member.leaderId = 0;
    CompletableFuture<LeaseService.TimeToLive> question = leases.timeToLive(LEASE, true);
    member.passSeconds(7);
    assertThat(codeOf(question)).isEqualTo(ErrorCode.NO_LEADER);
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    assertThat(codeOf(leases.timeToLive(LEASE, false))).isEqualTo(ErrorCode.NO_LEADER);
  }

  @Test
  void whoRenewsALeaseTooLateHearsThatItIsGoneWhenItIs() {
    member.passSeconds(60);
    assertThat(leases.keepAlive(LEASE).join()).isEqualTo(new LeaseService.KeepAlive(LEASE, 0));
    assertThat(member.proposed).last().isEqualTo(new Command.LeaseRevoke(LEASE, 1));
    assertThat(member.leases.find(LEASE)).isNull();
  }

  @Test
  void aLeaderThatIsDeposedWhileItMakesSureRenewsNothing() {
    member.confirmation = new CompletableFuture<>();
    CompletableFuture<Long> renewal = member.services.localLeases().renew(LEASE);
    CompletableFuture<Long> question = member.services.localLeases().remainingSeconds(LEASE);
    follow();
    member.confirmation.complete(null);
    assertThat(codeOf(renewal)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(codeOf(question)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(member.lessor.renewedCount()).isZero();
    assertThat(codeOf(member.services.localLeases().renew(LEASE))).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aFailureOfTheLeaderIsNotTakenForAnother() {
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    assertThat(codeOf(leases.keepAlive(LEASE))).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(member.asked).isEmpty();
  }

  private static CompletableFuture<Long> failed(ErrorCode code) {
    return CompletableFuture.failedFuture(new RequestException(code));
  }
}
