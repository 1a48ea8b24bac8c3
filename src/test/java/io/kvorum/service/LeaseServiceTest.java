package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseServiceTest {
  private static final long OTHER = 2;
  private static final long LEASE = 7;
  private static final Bytes KEY = Bytes.utf8("k");

  private final ServicesUnderTest member =
      new ServicesUnderTest(ClusterRules.DEFAULT, voter(ServicesUnderTest.SELF), voter(OTHER));
  private final LeaseService leases = member.services.lease();

  @BeforeEach
  void grant() {
    member.expiry.promote(0, 1);
    leases.grant(LEASE, 60).join();
    member.services.kv().put(new Command.Put(KEY, Bytes.EMPTY, LEASE, false, false, false)).join();
  }

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  private void follow() {
    member.leaderId = OTHER;
    member.expiry.demote();
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
  void whereNobodyLeadsTheClientIsToldToTryAgain() {
    follow();
    assertThat(codeOf(leases.keepAlive(LEASE))).isEqualTo(ErrorCode.LEADER_CHANGED);
    assertThat(codeOf(leases.timeToLive(LEASE, true))).isEqualTo(ErrorCode.LEADER_CHANGED);
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
    assertThat(member.expiry.renewedCount()).isZero();
    assertThat(codeOf(member.services.localLeases().renew(LEASE))).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aFailureOfTheLeaderIsNotTakenForAnother() {
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    assertThat(codeOf(leases.keepAlive(LEASE))).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(member.asked).isEmpty();
  }

  private static ErrorCode codeOf(CompletableFuture<?> failed) {
    ErrorCode[] code = new ErrorCode[1];
    assertThatThrownBy(failed::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(RequestException.class, refusal -> code[0] = refusal.code());
    return code[0];
  }
}
