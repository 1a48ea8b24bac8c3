package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.learner;
import static io.kvorum.service.ServicesUnderTest.unstarted;
import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Alarm;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterServiceTest {
  private static final ClusterRules LAX = new ClusterRules(false, 1);

  private ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(1));

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  private ClusterService cluster() {
    return member.services.cluster();
  }

  private void startWith(ClusterRules rules, ClusterMember... founders) throws IOException {
    member.close();
    member = new ServicesUnderTest(rules, founders);
  }

  @Test
  void anAddedMemberHasSortedUrlsAndNoNameAndAnIdOfItsOwn() {
    ClusterService.Added added =
        cluster().memberAdd(List.of(" HTTP://m2:2381", "https://m2:2380"), false).join();
    assertThat(added.member().peerUrls()).containsExactly("http://m2:2381", "https://m2:2380");
    assertThat(added.member().name()).isEmpty();
    assertThat(added.member().clientUrls()).isEmpty();
    assertThat(added.member().isLearner()).isFalse();
    assertThat(added.member().id())
        .isEqualTo(
            Identity.ofAddedMember(
                List.of("http://m2:2381", "https://m2:2380"), ServicesUnderTest.NOW_SECONDS));
    assertThat(added.members()).isEqualTo(member.members.members()).contains(added.member());
  }

  @Test
  void whatWasRemovedAMomentAgoMayBeAddedAgain() {
    List<String> urls = List.of("http://m2:2380");
    long first = cluster().memberAdd(urls, true).join().member().id();
    cluster().memberRemove(first).join();
    long second = cluster().memberAdd(urls, true).join().member().id();
    assertThat(second)
        .isNotEqualTo(first)
        .isEqualTo(Identity.ofAddedMember(urls, ServicesUnderTest.NOW_SECONDS + 1));
  }

  @Test
  void urlsThatAreNoneAreRefused() {
    for (String url :
        List.of(
            "",
            "m2:2380",
            "http://m2",
            "http://:2380",
            "http://m2:2380/",
            "http://m2:2380/path",
            "ftp://m2:2380",
            "unix://m2:2380",
            "http://m2:0x10",
            "http://m2:65536",
            "http://m2:2380?a=b",
            "http://m 2:2380",
            "http://m\n2\n:2380",
            "http://[m2]:2380",
            "http://[fe80::1%25eth0]:2380")) {
      refused(ErrorCode.MEMBER_BAD_URLS, () -> cluster().memberAdd(List.of(url), false));
      refused(
          ErrorCode.MEMBER_BAD_URLS, () -> cluster().memberUpdate(1, List.of("http://a:1", url)));
    }
    refused(ErrorCode.MEMBER_BAD_URLS, () -> cluster().memberAdd(List.of(), true));
    assertThat(member.proposed).isEmpty();
  }

  @Test
  void hostsOfAllKindsAreAccepted() {
    List<String> urls =
        List.of("http://10.0.0.1:1", "http://[::1]:2380", "http://my_host.x-y:65535");
    assertThat(cluster().memberUpdate(1, urls).join().get(0).peerUrls())
        .containsExactlyElementsOf(urls);
  }

  @Test
  void theNumberOfLearnersIsTheSettingOfTheMemberThatIsAsked() throws IOException {
    startWith(new ClusterRules(false, 2), voter(1));
    cluster().memberAdd(List.of("http://m2:2380"), true).join();
    cluster().memberAdd(List.of("http://m3:2380"), true).join();
    refused(
        ErrorCode.TOO_MANY_LEARNERS, () -> cluster().memberAdd(List.of("http://m4:2380"), true));
    assertThat(member.proposed)
        .allSatisfy(
            command -> assertThat(((Command.MemberAdd) command).maxLearners()).isEqualTo(2));
  }

  @Test
  void whatTheStateRefusesFailsTheCall() {
    refused(ErrorCode.PEER_URL_EXISTS, () -> cluster().memberAdd(List.of("http://m1:2380"), false));
    refused(ErrorCode.MEMBER_NOT_FOUND, () -> cluster().memberUpdate(9, List.of("http://a:1")));
    refused(ErrorCode.MEMBER_NOT_FOUND, () -> cluster().memberUpdate(9, List.of("no URL")));
    refused(ErrorCode.MEMBER_NOT_FOUND, () -> cluster().memberRemove(9));
  }

  @Test
  void aSecondVoterCanJoinAMemberThatIsAloneButNoThirdUntilTheSecondHasStarted() {
    cluster().memberAdd(List.of("http://m2:2380"), false).join();
    refused(
        ErrorCode.MEMBER_NOT_ENOUGH_STARTED,
        () -> cluster().memberAdd(List.of("http://m3:2380"), false));
    refused(ErrorCode.UNHEALTHY, () -> cluster().memberAdd(List.of("http://m3:2380"), true));
    long second = start("http://m2:2380");
    refused(ErrorCode.UNHEALTHY, () -> cluster().memberAdd(List.of("http://m3:2380"), false));
    member.connect(second);
    assertThat(cluster().memberAdd(List.of("http://m3:2380"), false).join().members()).hasSize(3);
  }

  @Test
  void aMemberIsAddedOnceAQuorumWithItHasBeenConnectedForFiveSeconds() throws IOException {
    for (boolean isLearner : List.of(true, false)) {
      startWith(
          ServicesUnderTest.DEFAULT_RULES,
          voter(1),
          voter(2),
          voter(3),
          voter(4),
          voter(5),
          learner(6));
      member.connect(2, 3);
      refused(ErrorCode.UNHEALTHY, () -> cluster().memberAdd(List.of("http://m7:2380"), isLearner));
      member.connectedFor.put(4L, Duration.ofMillis(4_999));
      refused(ErrorCode.UNHEALTHY, () -> cluster().memberAdd(List.of("http://m7:2380"), isLearner));
      member.connectedFor.put(4L, Duration.ofSeconds(5));
      member.services.cluster().memberRemove(6).join();
      assertThat(cluster().memberAdd(List.of("http://m7:2380"), isLearner).join().members())
          .hasSize(6);
    }
  }

  @Test
  void withoutTheStrictCheckNobodyAsksWhoIsThere() throws IOException {
    startWith(LAX, voter(1), unstarted(2), unstarted(3));
    assertThat(cluster().memberAdd(List.of("http://m4:2380"), false).join().members()).hasSize(4);
    assertThat(cluster().memberRemove(1).join()).hasSize(3);
  }

  @Test
  void theLastStartedVoterCannotBeRemoved() throws IOException {
    refused(ErrorCode.MEMBER_NOT_ENOUGH_STARTED, () -> cluster().memberRemove(1));
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), unstarted(2));
    refused(ErrorCode.MEMBER_NOT_ENOUGH_STARTED, () -> cluster().memberRemove(1));
    assertThat(cluster().memberRemove(2).join()).containsExactly(voter(1));
    startWith(LAX, voter(1), learner(2));
    refused(ErrorCode.MEMBER_NOT_ENOUGH_STARTED, () -> cluster().memberRemove(1));
  }

  @Test
  void aMemberThatIsAwayOrALearnerCanAlwaysBeRemovedFromAWorkingCluster() throws IOException {
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), voter(2), voter(3), learner(4));
    member.connect(2);
    assertThat(cluster().memberRemove(3).join()).hasSize(3);
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), voter(2), voter(3), learner(4));
    assertThat(cluster().memberRemove(4).join()).hasSize(3);
  }

  @Test
  void aMemberThatTheQuorumNeedsCannotBeRemoved() throws IOException {
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), voter(2), voter(3));
    member.connect(2);
    refused(ErrorCode.UNHEALTHY, () -> cluster().memberRemove(2));
    refused(ErrorCode.UNHEALTHY, () -> cluster().memberRemove(1));
    member.connect(3);
    assertThat(cluster().memberRemove(2).join()).hasSize(2);
  }

  @Test
  void aLearnerIsPromotedWhenItHasCaughtUp() throws IOException {
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), learner(2));
    refused(ErrorCode.LEARNER_NOT_READY, () -> cluster().memberPromote(2));
    assertThat(member.proposed).isEmpty();
    member.inSync.add(2L);
    assertThat(cluster().memberPromote(2).join()).containsExactly(voter(1), voter(2));
    refused(ErrorCode.MEMBER_NOT_LEARNER, () -> cluster().memberPromote(2));
    refused(ErrorCode.MEMBER_NOT_FOUND, () -> cluster().memberPromote(9));
    assertThat(member.services.promotions())
        .isEqualTo(
            new PromotionStats.Stats(
                1,
                Map.of(
                    ErrorCode.LEARNER_NOT_READY, 1L,
                    ErrorCode.MEMBER_NOT_LEARNER, 1L,
                    ErrorCode.MEMBER_NOT_FOUND, 1L)));
    assertThat(member.asked).isEmpty();
  }

  @Test
  void aVoterThatIsBehindIsNotReadyBeforeItIsNoLearner() throws IOException {
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), voter(2), voter(3));
    refused(ErrorCode.LEARNER_NOT_READY, () -> cluster().memberPromote(2));
    refused(ErrorCode.MEMBER_NOT_LEARNER, () -> cluster().memberPromote(1));
    member.inSync.add(2L);
    refused(ErrorCode.MEMBER_NOT_LEARNER, () -> cluster().memberPromote(2));
  }

  @Test
  void aLearnerIsNotPromotedWhileTooFewVotersHaveStarted() throws IOException {
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), unstarted(3), unstarted(4), learner(2));
    member.inSync.add(2L);
    refused(ErrorCode.MEMBER_NOT_ENOUGH_STARTED, () -> cluster().memberPromote(2));
  }

  @Test
  void whoDoesNotLeadAsksTheLeaderToPromote() throws IOException {
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), voter(3), learner(2));
    member.leaderId = 3;
    member.otherPromotion = CompletableFuture.completedFuture(List.of(voter(1)));
    assertThat(cluster().memberPromote(2).join()).containsExactly(voter(1));
    assertThat(member.asked).containsExactly("promote 2");
    member.otherPromotion =
        CompletableFuture.failedFuture(new RequestException(ErrorCode.LEARNER_NOT_READY));
    refused(ErrorCode.LEARNER_NOT_READY, () -> cluster().memberPromote(2));
    member.otherPromotion = ServicesUnderTest.refused();
    CompletableFuture<List<ClusterMember>> promotion = cluster().memberPromote(2);
    member.passMillis(100);
    assertThat(promotion).isNotDone();
    member.otherPromotion = CompletableFuture.completedFuture(List.of(voter(1)));
    member.passMillis(50);
    assertThat(promotion).isCompletedWithValue(List.of(voter(1)));
    member.otherPromotion =
        CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT_CONNECTION_LOST));
    refused(ErrorCode.TIMEOUT_CONNECTION_LOST, () -> cluster().memberPromote(2));
    assertThat(member.proposed).isEmpty();
  }

  @Test
  void whoAsksForThePromotionIsToldIfThisMemberDoesNotLead() {
    member.leaderId = 3;
    refused(ErrorCode.NOT_LEADER, () -> member.services.localPromotion().promote(2));
  }

  @Test
  void aLinearizableListWaitsForTheLeaderAndAnyOtherDoesNot() {
    member.confirmation = new CompletableFuture<>();
    assertThat(cluster().memberList(false).join()).containsExactly(voter(1));
    CompletableFuture<List<ClusterMember>> linearizable = cluster().memberList(true);
    assertThat(linearizable).isNotDone();
    start("http://m1:2380");
    member.confirmation.complete(null);
    assertThat(linearizable.join().get(0).clientUrls()).containsExactly("http://c:2379");
  }

  @Test
  void alarmsAreListedAndEndedAsOfTheLeader() {
    MaintenanceService maintenance = member.services.maintenance();
    Alarm alarm = new Alarm(1, Alarm.Kind.NOSPACE);
    member.confirmation = new CompletableFuture<>();
    CompletableFuture<List<Alarm>> listed = maintenance.currentAlarms();
    assertThat(listed).isNotDone();
    maintenance.activate(alarm).join();
    member.confirmation.complete(null);
    assertThat(listed).isCompletedWithValue(List.of(alarm));
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    refused(ErrorCode.TIMEOUT, maintenance::currentAlarms);
    assertThat(maintenance.alarms()).containsExactly(alarm);
  }

  @Test
  void aMemberKnowsWhetherItIsALearner() throws IOException {
    assertThat(cluster().isLearner()).isFalse();
    assertThat(member.services.maintenance().status().isLearner()).isFalse();
    startWith(ServicesUnderTest.DEFAULT_RULES, learner(1), voter(2));
    assertThat(cluster().isLearner()).isTrue();
    assertThat(member.services.maintenance().status().isLearner()).isTrue();
  }

  @Test
  void leadershipIsMovedByTheLeaderToAnotherVoterAlone() throws IOException {
    startWith(ServicesUnderTest.DEFAULT_RULES, voter(1), voter(3), learner(2));
    MaintenanceService maintenance = member.services.maintenance();
    refused(ErrorCode.BAD_LEADER_TRANSFEREE, () -> maintenance.moveLeader(2));
    refused(ErrorCode.BAD_LEADER_TRANSFEREE, () -> maintenance.moveLeader(9));
    maintenance.moveLeader(1).join();
    assertThat(member.leaderId).isEqualTo(1);
    maintenance.moveLeader(3).join();
    assertThat(member.leaderId).isEqualTo(3);
    refused(ErrorCode.NOT_LEADER, () -> maintenance.moveLeader(1));
  }

  /** As a member does when it comes up; its id. */
  private long start(String peerUrl) {
    ClusterMember known =
        member.members.members().stream()
            .filter(any -> any.peerUrls().contains(peerUrl))
            .findAny()
            .orElseThrow();
    member
        .consensus
        .propose(new Command.MemberAttributes(known.id(), "started", List.of("http://c:2379")))
        .join();
    return known.id();
  }

  private static void refused(ErrorCode code, Supplier<CompletableFuture<?>> call) {
    assertThatThrownBy(() -> call.get().join())
        .satisfies(
            failure ->
                assertThat(failure instanceof CompletionException ? failure.getCause() : failure)
                    .isInstanceOfSatisfying(
                        RequestException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code)));
  }
}
