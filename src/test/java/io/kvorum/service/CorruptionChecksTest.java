package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The others answer with what this member's own store hashes to, as each test alters it. */
@Timeout(60)
class CorruptionChecksTest {
  private static final Alarm OF_TWO = new Alarm(2, Alarm.Kind.CORRUPT);
  private static final Alarm OF_THREE = new Alarm(3, Alarm.Kind.CORRUPT);

  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(1), voter(2), voter(3));
  private final CorruptionChecks checks = member.services.corruptionChecks();
  private final StoreService store = member.services.store();
  private final Map<Long, UnaryOperator<StoreHash>> alterations = new HashMap<>();
  private final Queue<HashQuestion> questions = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void answer() {
    member.otherHashes =
        (other, question, timeout) -> {
          questions.add(question);
          UnaryOperator<StoreHash> alteration =
              alterations.getOrDefault(other.id(), UnaryOperator.identity());
          return store.answer(question).thenApply(alteration);
        };
    put("a");
    put("b");
  }

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  private void put(String key) {
    member.consensus.propose(
        new Command.Put(Bytes.utf8(key), Bytes.utf8("1"), 0, false, false, false));
  }

  private static StoreHash damaged(StoreHash hash) {
    return new StoreHash(
        new RevisionHash(
            hash.hash().crc() + 1, hash.hash().compactRevision(), hash.hash().revision()),
        hash.currentRevision());
  }

  private static StoreHash silent(StoreHash hash) {
    throw new RequestException(ErrorCode.TIMEOUT);
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private List<Alarm> alarms() {
    return member.services.maintenance().alarms();
  }

  private long activations() {
    return member.proposed.stream().filter(Command.AlarmActivate.class::isInstance).count();
  }

  @Test
  void aStoreLikeTheOthersMayStart() throws Exception {
    assertThat(get(checks.beforeStart())).isEmpty();
    assertThat(questions).containsExactly(HashQuestion.at(3), HashQuestion.at(3));
  }

  @Test
  void aStoreUnlikeAnotherMayNotStart() throws Exception {
    alterations.put(2L, CorruptionChecksTest::silent);
    alterations.put(3L, CorruptionChecksTest::damaged);
    Optional<String> refusal = get(checks.beforeStart());
    assertThat(refusal.orElseThrow())
        .startsWith("m1 (1) found data inconsistency with peers: at revision 3, never compacted")
        .contains("m3 (3) has ")
        .doesNotContain("m2");
    assertThat(activations()).isZero();
  }

  @Test
  void aMemberWhoseOthersAreSilentStartsInTime() throws Exception {
    member.otherHashes = (other, question, timeout) -> new CompletableFuture<>();
    CorruptionChecks impatient =
        new CorruptionChecks(
            1,
            member.members,
            member.alarms(),
            store,
            member.consensus,
            (other, question, timeout) -> new CompletableFuture<>(),
            Duration.ofMillis(50),
            System::nanoTime);
    assertThat(get(impatient.beforeStart())).isEmpty();
  }

  @Test
  void theLeaderActivatesTheAlarmForAMemberThatDiffers() throws Exception {
    alterations.put(3L, CorruptionChecksTest::damaged);
    get(checks.compareStores());
    assertThat(alarms()).containsExactly(OF_THREE);
    get(checks.compareStores());
    assertThat(activations()).as("while it is active").isEqualTo(1);
    get(member.services.maintenance().deactivate(OF_THREE));
    get(checks.compareStores());
    assertThat(alarms()).as("the cause remains").containsExactly(OF_THREE);
    get(member.services.maintenance().deactivate(OF_THREE));
    alterations.clear();
    get(checks.compareStores());
    assertThat(alarms()).isEmpty();
  }

  @Test
  void whileOneAlarmIsActiveAnotherMemberIsFoundToo() throws Exception {
    alterations.put(3L, CorruptionChecksTest::damaged);
    get(checks.compareStores());
    alterations.put(2L, CorruptionChecksTest::damaged);
    get(checks.compareStores());
    assertThat(alarms()).containsExactly(OF_TWO, OF_THREE);
  }

  @Test
  void onlyTheLeaderCompares() throws Exception {
    member.leaderId = 2;
    get(checks.compareStores());
    get(checks.compareCompactions());
    assertThat(questions).isEmpty();
  }

  @Test
  void aComparisonIsNotBegunWhileAnotherIsUnderWay() throws Exception {
    CompletableFuture<StoreHash> late = new CompletableFuture<>();
    member.otherHashes =
        (other, question, timeout) -> {
          questions.add(question);
          return late;
        };
    CompletableFuture<Void> first = checks.compareStores();
    Await.until("both questions", Duration.ofSeconds(20), () -> questions.size() == 2);
    get(checks.compareStores());
    assertThat(questions).hasSize(2);
    late.completeExceptionally(new RequestException(ErrorCode.TIMEOUT));
    get(first);
    get(checks.compareStores());
    assertThat(questions).hasSize(4);
  }

  @Test
  void aComparisonThatFailsIsRepeatedAndProvesNothing() throws Exception {
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.NO_LEADER));
    alterations.put(3L, CorruptionChecksTest::damaged);
    get(checks.compareStores());
    assertThat(alarms()).isEmpty();
    member.confirmation = CompletableFuture.completedFuture(null);
    get(checks.compareStores());
    assertThat(alarms()).containsExactly(OF_THREE);
  }

  private void compact(long revision) {
    member.consensus.propose(new Command.Compact(revision));
    Await.until(
        "hash of the compaction",
        Duration.ofSeconds(20),
        () -> member.store.compactionHashes().at(revision) != null);
  }

  @Test
  void compactionsAreComparedOnceIfAllAgree() throws Exception {
    compact(2);
    compact(3);
    get(checks.compareCompactions());
    assertThat(questions)
        .containsExactly(HashQuestion.ofCompaction(3), HashQuestion.ofCompaction(3));
    get(checks.compareCompactions());
    assertThat(questions).hasSize(2);
    assertThat(alarms()).isEmpty();
  }

  @Test
  void anOlderCompactionIsComparedIfAMemberLacksTheNewest() throws Exception {
    compact(2);
    compact(3);
    alterations.put(2L, hash -> hash.hash().revision() == 3 ? silent(hash) : hash);
    get(checks.compareCompactions());
    assertThat(questions).extracting(HashQuestion::revision).containsExactly(3L, 3L, 2L, 2L);
    get(checks.compareCompactions());
    assertThat(questions).as("the newest again").hasSize(6);
  }

  @Test
  void theMemberOutsideTheMajorityGetsTheAlarm() throws Exception {
    compact(3);
    alterations.put(3L, CorruptionChecksTest::damaged);
    get(checks.compareCompactions());
    assertThat(alarms()).containsExactly(OF_THREE);
    get(member.services.maintenance().deactivate(OF_THREE));
    get(checks.compareCompactions());
    assertThat(alarms()).containsExactly(OF_THREE);
  }

  @Test
  void withoutAMajorityTheAlarmNamesNoMember() throws Exception {
    compact(3);
    alterations.put(2L, CorruptionChecksTest::silent);
    alterations.put(3L, CorruptionChecksTest::damaged);
    get(checks.compareCompactions());
    assertThat(alarms()).containsExactly(new Alarm(0, Alarm.Kind.CORRUPT));
  }
}
