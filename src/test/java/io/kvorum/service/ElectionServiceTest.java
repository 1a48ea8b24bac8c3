package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Permission;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.service.ElectionService.Elected;
import io.kvorum.service.ElectionService.Leader;
import io.kvorum.service.ElectionService.Leadership;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ElectionServiceTest {
  private static final Bytes ZERO = Bytes.wrap(new byte[1]);
  private static final Bytes NAME = Bytes.utf8("e");
  private static final Bytes V1 = Bytes.utf8("v1");
  private static final Bytes V2 = Bytes.utf8("v2");
  private static final KeyRange EVERYTHING = KeyRange.ofWire(ZERO, ZERO);
  private static final long ABC = 0xabc;
  private static final long DEF = 0xdef;

  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));
  private final KvService kv = member.services.kv();
  private final LeaseService leases = member.services.lease();
  private final KeyQueue queue =
      new KeyQueue(kv, leases, member.hub.hub(), member.scheduler, member.store::revision);
  private final ElectionService elections = new ElectionService(queue);
  private final List<Turn<Elected>> turns = new ArrayList<>();
  private final List<Observation> observations = new ArrayList<>();
  private int wakings;

  @BeforeEach
  void grant() {
    leases.grant(ABC, 60).join();
    leases.grant(DEF, 60).join();
  }

  @AfterEach
  void noCallIsLeft() throws IOException {
    turns.forEach(Turn::abandon);
    observations.forEach(Observation::close);
    member.passMillis(1_000);
    assertThat(queue.claims().size()).isZero();
    member.stepHub();
    assertThat(member.hub.hub().stats().streams()).isZero();
    member.close();
  }

  private Turn<Elected> campaign(long lease, Bytes value) {
    Turn<Elected> turn = elections.campaign(NAME, lease, value);
    turns.add(turn);
    member.stepHub();
    return turn;
  }

  /** As a face does: the client has the answer. */
  private Elected won(Turn<Elected> turn) {
    assertThat(turn.result()).isCompleted();
    turn.delivered();
    return turn.result().join();
  }

  private void resign(Elected elected) {
    elections.resign(elected.leadership()).join();
    member.stepHub();
  }

  private Observation observe() {
    Observation observation = elections.observe(NAME, () -> wakings++);
    observations.add(observation);
    return observation;
  }

  /** The value and the revision of the next item; null if there is none. */
  private String next(Observation observation) {
    member.stepHub();
    Leader next = observation.poll();
    if (next == null) {
      member.stepHub();
      next = observation.poll();
    }
    return next == null ? null : next.kv().value().toUtf8() + "@" + next.revision();
  }

  @Test
  void anObservationIsOverWhenItsClientMayNotBeginAnotherWatch() {
    member.enableAuth();
    member.addUser("reader", Permission.READ, "e/", "e0");
    ElectionService readers = elections.onBehalfOf(member.accessOf("reader"));
    Observation observation = readers.observe(NAME, () -> wakings++);
    observations.add(observation);
    assertThat(next(observation)).isNull();
    member.administer(
        new AuthCommand.RevokePermission("reader", Bytes.utf8("e/"), Bytes.utf8("e0")));
    put("e/abc", "v1", ABC);
    assertThat(next(observation)).as("of the watch that runs").isEqualTo("v1@2");
    put("e/abc", "v2", ABC);
    assertThat(next(observation)).isNull();
    assertThat(observation.isOver()).isTrue();
  }

  private void put(String key, String value, long lease) {
    kv.put(KeyQueue.put(Bytes.utf8(key), Bytes.utf8(value), lease)).join();
  }

  private void delete(String key) {
    kv.deleteRange(KeyQueue.deletion(KeyRange.single(Bytes.utf8(key)))).join();
    member.stepHub();
  }

  private List<KeyValue> kvs() {
    return kv.range(RangeQuery.of(EVERYTHING), true).join().kvs();
  }

  @Test
  void theFirstCandidateLeadsWithTheRevisionOfItsKey() {
    assertThat(won(campaign(ABC, V1)))
        .isEqualTo(new Elected(new Leadership(NAME, Bytes.utf8("e/abc"), 2, ABC), 2));
    assertThat(kvs()).containsExactly(new KeyValue(Bytes.utf8("e/abc"), V1, 2, 2, 1, ABC));
  }

  @Test
  void campaigningAgainWithTheSameValueWritesNothing() {
    won(campaign(ABC, V1));
    assertThat(won(campaign(ABC, V1)).revision()).isEqualTo(2);
    assertThat(member.store.revision()).isEqualTo(2);
  }

  @Test
  void campaigningAgainWithAnotherValueProclaimsItAndAnswersTheRevisionBeforeThat() {
    won(campaign(ABC, V1));
    Elected again = won(campaign(ABC, V2));
    assertThat(again.revision()).isEqualTo(2);
    assertThat(again.leadership().rev()).isEqualTo(2);
    assertThat(kvs()).containsExactly(new KeyValue(Bytes.utf8("e/abc"), V2, 2, 3, 2, ABC));
  }

  @Test
  void aKeyThatWasPutByHandIsTakenOverWithValueAndLease() {
    put("e/abc", "by hand", 0);
    assertThat(won(campaign(ABC, V1)).leadership().rev()).isEqualTo(2);
    assertThat(kvs()).containsExactly(new KeyValue(Bytes.utf8("e/abc"), V1, 2, 3, 2, ABC));
  }

  @Test
  void theNextCandidateLeadsWhenTheLeaderResignsAndAnswersTheRevisionOfItsCandidacy() {
    Elected first = won(campaign(ABC, V1));
    Turn<Elected> second = campaign(DEF, V2);
    put("elsewhere", "", 0);
    assertThat(second.result()).isNotDone();
    resign(first);
    assertThat(won(second))
        .isEqualTo(new Elected(new Leadership(NAME, Bytes.utf8("e/def"), 3, DEF), 3));
  }

  /** etcd answers success: its decision record says why this one does not. */
  @Test
  void aCandidateWhoseKeyHasGoneIsNotElected() {
    Elected first = won(campaign(ABC, V1));
    Turn<Elected> second = campaign(DEF, V2);
    leases.revoke(DEF).join();
    member.stepHub();
    assertThat(second.result()).isNotDone();
    resign(first);
    assertThat(codeOf(second.result())).isEqualTo(ErrorCode.NOT_ELECTED);
  }

  @Test
  void aCandidateThatGivesUpLeavesNoKey() {
    won(campaign(ABC, V1));
    campaign(DEF, V2).abandon();
    assertThat(kvs()).extracting(KeyValue::key).containsExactly(Bytes.utf8("e/abc"));
  }

  @Test
  void anUnknownLeaseIsRefused() {
    assertThat(codeOf(campaign(99, V1).result())).isEqualTo(ErrorCode.LEASE_NOT_FOUND);
    assertThat(kvs()).isEmpty();
  }

  @Test
  void theLeaderOfAnElectionIsTheOwnerOfTheOldestKeyWhateverPutIt() {
    assertThat(codeOf(elections.leader(NAME))).isEqualTo(ErrorCode.ELECTION_WITHOUT_LEADER);
    put("e/z", "1", 0);
    put("e/a", "2", 0);
    assertThat(elections.leader(NAME).join().kv().value()).isEqualTo(Bytes.utf8("1"));
    assertThat(elections.leader(NAME).join().revision()).isEqualTo(3);
  }

  @Test
  void aLeaderProclaimsANewValue() {
    Elected leader = won(campaign(ABC, V1));
    assertThat(elections.proclaim(leader.leadership(), V2).join().revision()).isEqualTo(3);
    assertThat(kvs()).containsExactly(new KeyValue(Bytes.utf8("e/abc"), V2, 2, 3, 2, ABC));
  }

  @Test
  void aCandidateMayProclaimOnItsOwnKey() {
    won(campaign(ABC, V1));
    campaign(DEF, V1);
    Leadership candidacy = new Leadership(NAME, Bytes.utf8("e/def"), 3, DEF);
    elections.proclaim(candidacy, V2).join();
    assertThat(kvs()).extracting(KeyValue::value).containsExactly(V1, V2);
  }

  @Test
  void aProclamationWithoutALeaseMovesTheKeyToANewOne() {
    Elected leader = won(campaign(ABC, V1));
    Leadership withoutLease = new Leadership(NAME, leader.leadership().key(), 2, 0);
    elections.proclaim(withoutLease, V2).join();
    long lease = kvs().get(0).lease();
    assertThat(lease).isNotEqualTo(ABC);
    assertThat(member.leases.find(lease).ttlSeconds()).isEqualTo(60);
  }

  @Test
  void aProclamationForAnotherKeyOrRevisionIsRefused() {
    Elected leader = won(campaign(ABC, V1));
    Leadership wrongRevision = new Leadership(NAME, leader.leadership().key(), 1, ABC);
    assertThat(codeOf(elections.proclaim(wrongRevision, V2))).isEqualTo(ErrorCode.NOT_ELECTED);
    Leadership nothing = new Leadership(Bytes.EMPTY, Bytes.EMPTY, 0, 0);
    int proposed = member.proposed.size();
    assertThat(codeOf(elections.proclaim(nothing, V2))).isEqualTo(ErrorCode.EMPTY_KEY);
    assertThat(member.proposed).as("no lease was granted for it").hasSize(proposed);
    assertThat(kvs().get(0).value()).isEqualTo(V1);
  }

  @Test
  void resigningDeletesTheKeyOfThatRevisionAndMindsNoOther() {
    Elected leader = won(campaign(ABC, V1));
    Leadership wrongRevision = new Leadership(NAME, leader.leadership().key(), 1, ABC);
    assertThat(elections.resign(wrongRevision).join().revision()).isEqualTo(2);
    assertThat(kvs()).hasSize(1);
    assertThat(elections.resign(leader.leadership()).join().revision()).isEqualTo(3);
    assertThat(elections.resign(leader.leadership()).join().revision()).isEqualTo(3);
    assertThat(kvs()).isEmpty();
  }

  @Test
  void anObserverSeesTheLeaderAndEachOfItsValues() {
    Elected leader = won(campaign(ABC, V1));
    put("elsewhere", "", 0);
    Observation observation = observe();
    assertThat(next(observation)).as("as read").isEqualTo("v1@3");
    assertThat(next(observation)).isNull();
    int before = wakings;
    elections.proclaim(leader.leadership(), V2).join();
    put("e/abc", "by hand", ABC);
    member.stepHub();
    assertThat(wakings).isGreaterThan(before);
    List<String> items = new ArrayList<>();
    for (String item = next(observation); item != null; item = next(observation)) {
      items.add(item.replaceAll("@.*", ""));
    }
    assertThat(items).containsExactly("v2", "by hand");
  }

  @Test
  void anObserverOfAnElectionWithoutALeaderWaitsForTheFirst() {
    Observation observation = observe();
    assertThat(next(observation)).isNull();
    put("e/x", "first", 0);
    put("e/y", "second", 0);
    assertThat(next(observation)).isEqualTo("first@2");
    assertThat(next(observation)).isNull();
    put("e/x", "again", 0);
    assertThat(next(observation)).startsWith("again@");
    assertThat(observation.isOver()).isFalse();
  }

  @Test
  void anObserverSeesTheNextLeaderAndNothingInBetween() {
    Elected first = won(campaign(ABC, V1));
    Observation observation = observe();
    assertThat(next(observation)).isEqualTo("v1@2");
    resign(first);
    assertThat(next(observation)).isNull();
    won(campaign(DEF, V2));
    assertThat(next(observation)).isEqualTo("v2@4");
    delete("e/def");
    assertThat(next(observation)).isNull();
    assertThat(next(observation)).isNull();
    assertThat(observation.isOver()).isFalse();
  }

  @Test
  void anObserverIsWokenWhenItsReadEnds() {
    won(campaign(ABC, V1));
    member.confirmation = new CompletableFuture<>();
    Observation observation = observe();
    assertThat(observation.poll()).isNull();
    assertThat(wakings).isZero();
    member.confirmation.complete(null);
    assertThat(wakings).isEqualTo(1);
    assertThat(next(observation)).isEqualTo("v1@2");
  }

  @Test
  void anObservationEndsWithoutAnErrorWhenItsReadFails() {
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));
    Observation observation = observe();
    assertThat(observation.poll()).isNull();
    assertThat(observation.isOver()).isTrue();
  }

  @Test
  void anObservationEndsWithoutAnErrorWhenItsWatchIsCompacted() {
    won(campaign(ABC, V1));
    Observation observation = observe();
    assertThat(observation.poll()).isNotNull();
    put("elsewhere", "", 0);
    put("elsewhere", "", 0);
    kv.compact(member.store.revision(), false).join();
    assertThat(next(observation)).isNull();
    assertThat(observation.isOver()).isTrue();
  }

  @Test
  void aClosedObservationIsOver() {
    won(campaign(ABC, V1));
    Observation observation = observe();
    observation.close();
    assertThat(observation.poll()).isNull();
    assertThat(observation.isOver()).isTrue();
  }
}
