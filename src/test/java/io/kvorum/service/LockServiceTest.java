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
import io.kvorum.service.LockService.Locked;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LockServiceTest {
  private static final Bytes ZERO = Bytes.wrap(new byte[1]);
  private static final Bytes NAME = Bytes.utf8("l");
  private static final KeyRange EVERYTHING = KeyRange.ofWire(ZERO, ZERO);
  private static final long ABC = 0xabc;
  private static final long DEF = 0xdef;
  private static final long THIRD = 0x123;

  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));
  private final KvService kv = member.services.kv();
  private final LeaseService leases = member.services.lease();
  private final KeyQueue queue =
      new KeyQueue(kv, leases, member.hub.hub(), member.scheduler, member.store::revision);
  private final LockService locks = new LockService(queue, kv);
  private final List<Turn<Locked>> turns = new ArrayList<>();

  @BeforeEach
  void grant() {
    for (long lease : new long[] {ABC, DEF, THIRD}) {
      leases.grant(lease, 60).join();
    }
  }

  @AfterEach
  void noCallIsLeft() throws IOException {
    member.refusal = null;
    member.release();
    turns.forEach(Turn::abandon);
    member.passMillis(1_000);
    assertThat(queue.claims().size()).isZero();
    member.stepHub();
    assertThat(member.hub.hub().stats().streams()).isZero();
    member.close();
  }

  private Turn<Locked> lock(long lease) {
    Turn<Locked> turn = locks.lock(NAME, lease);
    turns.add(turn);
    member.stepHub();
    return turn;
  }

  /** As a face does: the client has the answer. */
  private Locked held(Turn<Locked> turn) {
    assertThat(turn.result()).isCompleted();
    turn.delivered();
    return turn.result().join();
  }

  private void unlock(String key) {
    locks.unlock(Bytes.utf8(key)).join();
    member.stepHub();
  }

  private void revoke(long lease) {
    leases.revoke(lease).join();
    member.stepHub();
  }

  private void put(String key, long lease) {
    kv.put(KeyQueue.put(Bytes.utf8(key), Bytes.utf8("by hand"), lease)).join();
  }

  private List<KeyValue> kvs() {
    return kv.range(RangeQuery.of(EVERYTHING), true).join().kvs();
  }

  private List<String> keys() {
    return kvs().stream().map(kv -> kv.key().toUtf8()).toList();
  }

  private long revision() {
    return member.store.revision();
  }

  @Test
  void aFreeLockIsGrantedAtOnceWithTheCreateRevisionOfItsKey() {
    Locked locked = held(lock(ABC));
    assertThat(locked).isEqualTo(new Locked(Bytes.utf8("l/abc"), 2));
    assertThat(kvs()).containsExactly(new KeyValue(locked.key(), Bytes.EMPTY, 2, 2, 1, ABC));
  }

  @Test
  void lockingAgainWithTheSameLeaseWritesNothingAndAnswersTheCurrentRevision() {
    held(lock(ABC));
    put("elsewhere", 0);
    assertThat(held(lock(ABC))).isEqualTo(new Locked(Bytes.utf8("l/abc"), 3));
    assertThat(revision()).isEqualTo(3);
  }

  @Test
  void theNextIsInTheQueueAtOnceAndHoldsTheLockWhenItIsUnlocked() {
    held(lock(ABC));
    Turn<Locked> next = lock(DEF);
    assertThat(keys()).containsExactly("l/abc", "l/def");
    assertThat(next.result()).isNotDone();
    unlock("l/abc");
    assertThat(held(next)).as("at the unlock").isEqualTo(new Locked(Bytes.utf8("l/def"), 4));
    assertThat(kvs().get(0).createRevision()).isEqualTo(3);
  }

  @Test
  void anyOlderKeyBelowTheNameBlocksTheLockAndTheKeyOfAnotherNameDoesNot() {
    put("l/other", 0);
    put("l0", 0);
    put("l", 0);
    put("lock/a", 0);
    Turn<Locked> turn = lock(ABC);
    assertThat(turn.result()).isNotDone();
    unlock("l/other");
    held(turn);
  }

  @Test
  void aKeyThatWasPutByHandIsTakenAsItIs() {
    put("l/abc", 0);
    assertThat(held(lock(ABC)).revision()).isEqualTo(2);
    assertThat(kvs().get(0).value()).isEqualTo(Bytes.utf8("by hand"));
    assertThat(kvs().get(0).lease()).isZero();
  }

  @Test
  void aKeyThatWasPutByHandWaitsItsTurn() {
    put("l/other", 0);
    put("l/abc", ABC);
    Turn<Locked> turn = lock(ABC);
    assertThat(turn.result()).isNotDone();
    unlock("l/other");
    held(turn);
  }

  @Test
  void namesMayBeEmptyOrHaveSlashesAndLeasesBeNegative() {
    assertThat(KeyQueue.keyOf(Bytes.EMPTY, ABC)).isEqualTo(Bytes.utf8("/abc"));
    assertThat(KeyQueue.keyOf(Bytes.utf8("a/b/"), 1)).isEqualTo(Bytes.utf8("a/b//1"));
    assertThat(KeyQueue.keyOf(NAME, -0xabc)).isEqualTo(Bytes.utf8("l/-abc"));
  }

  @Test
  void aCallerWithoutALeaseIsGrantedOneForSixtySeconds() {
    Locked locked = held(lock(0));
    long lease = kvs().get(0).lease();
    assertThat(locked.key()).isEqualTo(KeyQueue.keyOf(NAME, lease));
    assertThat(member.leases.find(lease).ttlSeconds()).isEqualTo(60);
  }

  @Test
  void anUnknownLeaseIsRefused() {
    assertThat(codeOf(lock(99).result())).isEqualTo(ErrorCode.LEASE_NOT_FOUND);
    assertThat(keys()).isEmpty();
    assertThat(queue.claims().size()).isZero();
  }

  @Test
  void aWaiterWhoseLeaseHasEndedLearnsOfItWhenItsTurnComes() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    revoke(DEF);
    assertThat(waiter.result()).isNotDone();
    unlock("l/abc");
    assertThat(codeOf(waiter.result())).isEqualTo(ErrorCode.SESSION_EXPIRED);
  }

  @Test
  void aWaiterIsNotGrantedTheLockWithAKeyThatReplacesItsOwn() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    unlock("l/def");
    Turn<Locked> other = lock(THIRD);
    put("l/def", DEF);
    unlock("l/abc");
    assertThat(codeOf(waiter.result())).isEqualTo(ErrorCode.SESSION_EXPIRED);
    held(other);
    assertThat(keys()).as("not the waiter's to delete").containsExactly("l/123", "l/def");
  }

  @Test
  void theEndOfTheHoldersLeaseGrantsTheLockToTheNext() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    revoke(ABC);
    held(waiter);
  }

  @Test
  void whoStandsBehindADeletedKeyWaitsForTheKeyBeforeIt() {
    held(lock(ABC));
    Turn<Locked> middle = lock(DEF);
    Turn<Locked> last = lock(THIRD);
    unlock("l/def");
    assertThat(last.result()).isNotDone();
    assertThat(middle.result()).isNotDone();
    unlock("l/abc");
    held(last);
    assertThat(codeOf(middle.result())).isEqualTo(ErrorCode.SESSION_EXPIRED);
  }

  @Test
  void eachWaiterWatchesOneKeyAndAnUnlockWakesOneWaiter() {
    held(lock(ABC));
    List<Turn<Locked>> waiters = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      leases.grant(1000 + i, 60).join();
      waiters.add(lock(1000 + i));
    }
    assertThat(member.hub.hub().stats().watchers()).isEqualTo(20);
    long reads = member.store.stats().ranges();
    unlock("l/abc");
    assertThat(member.store.stats().ranges() - reads)
        .as("the queue, and the key of the one whose turn it is")
        .isEqualTo(2);
    for (Turn<Locked> waiter : waiters) {
      unlock(held(waiter).key().toUtf8());
    }
    assertThat(keys()).isEmpty();
  }

  @Test
  void unlockDeletesAnyKeyAndMindsNoMissingOne() {
    put("plain", 0);
    assertThat(locks.unlock(Bytes.utf8("plain")).join().revision()).isEqualTo(3);
    assertThat(keys()).isEmpty();
    assertThat(locks.unlock(Bytes.utf8("plain")).join().revision()).isEqualTo(3);
    assertThat(codeOf(locks.unlock(Bytes.EMPTY))).isEqualTo(ErrorCode.EMPTY_KEY);
  }

  @Test
  void aWaiterThatGivesUpLeavesNoKeyAndNoGap() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    Turn<Locked> last = lock(THIRD);
    waiter.abandon();
    assertThat(keys()).containsExactly("l/123", "l/abc");
    member.stepHub();
    assertThat(last.result()).isNotDone();
    unlock("l/abc");
    held(last);
    assertThat(waiter.result()).isCancelled();
  }

  @Test
  void aCallThatEndsWhileItsLeaseIsBeingGrantedPutsNoKey() {
    member.hold();
    Turn<Locked> turn = lock(0);
    turn.abandon();
    member.release();
    assertThat(keys()).isEmpty();
    assertThat(revision()).as("nothing was put").isEqualTo(1);
  }

  @Test
  void aCallThatEndsWhileItsKeyIsBeingPutLeavesNone() {
    member.hold();
    Turn<Locked> turn = lock(ABC);
    turn.abandon();
    member.release();
    assertThat(revision()).as("it was put and deleted").isEqualTo(3);
    assertThat(keys()).isEmpty();
  }

  @Test
  void aLockThatWasGrantedToAClientThatHasGoneIsFree() {
    Turn<Locked> turn = lock(ABC);
    assertThat(turn.result()).isCompleted();
    turn.abandon();
    assertThat(keys()).isEmpty();
  }

  @Test
  void aHolderThatAsksAgainAndGivesUpKeepsItsLock() {
    held(lock(ABC));
    Turn<Locked> again = lock(ABC);
    again.abandon();
    assertThat(keys()).containsExactly("l/abc");
    member.hold();
    lock(ABC).abandon();
    member.release();
    assertThat(keys()).containsExactly("l/abc");
  }

  @Test
  void anAnsweredCallKeepsItsKeyWhateverComesAfter() {
    Turn<Locked> turn = lock(ABC);
    held(turn);
    turn.abandon();
    assertThat(keys()).containsExactly("l/abc");
  }

  @Test
  void ofTwoCallsWithOneKeyTheFirstToGiveUpLeavesItToTheOther() {
    held(lock(ABC));
    Turn<Locked> first = lock(DEF);
    Turn<Locked> second = lock(DEF);
    first.abandon();
    assertThat(keys()).containsExactly("l/abc", "l/def");
    unlock("l/abc");
    assertThat(held(second).key()).isEqualTo(Bytes.utf8("l/def"));
  }

  @Test
  void ofTwoCallsWithOneKeyTheLastToGiveUpDeletesIt() {
    held(lock(ABC));
    Turn<Locked> first = lock(DEF);
    Turn<Locked> second = lock(DEF);
    first.abandon();
    second.abandon();
    assertThat(keys()).containsExactly("l/abc");
  }

  @Test
  void aForgottenCallDoesNotTakeTheLockFromTheOneThatRepeatedIt() {
    held(lock(ABC));
    Turn<Locked> forgotten = lock(DEF);
    Turn<Locked> repeated = lock(DEF);
    unlock("l/abc");
    held(repeated);
    assertThat(forgotten.result()).isCompleted();
    forgotten.abandon();
    assertThat(keys()).containsExactly("l/def");
  }

  @Test
  void withoutALeaderTheKeyIsDeletedWhenThereIsOne() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    member.refusal = ErrorCode.TIMEOUT;
    waiter.abandon();
    member.passSeconds(20);
    member.refusal = ErrorCode.NO_LEADER;
    member.passSeconds(20);
    assertThat(keys()).containsExactly("l/abc", "l/def");
    member.refusal = null;
    member.passMillis(100);
    assertThat(keys()).containsExactly("l/abc");
  }

  @Test
  void nobodyQueuesOnceTheLastCallHasItsAnswerOrItsKeyIsDeleted() {
    assertThat(queue.claims().whenNone()).isCompleted();
    Turn<Locked> holder = lock(ABC);
    Turn<Locked> waiter = lock(DEF);
    CompletableFuture<Void> left = queue.claims().whenNone();
    held(holder);
    assertThat(left).as("while one waits").isNotDone();
    member.refusal = ErrorCode.TIMEOUT;
    waiter.abandon();
    member.passMillis(100);
    assertThat(left).as("while its key is still to be deleted").isNotDone();
    member.refusal = null;
    member.passMillis(100);
    assertThat(left).isCompleted();
    assertThat(queue.claims().whenNone()).isCompleted();
    assertThat(keys()).containsExactly("l/abc");
  }

  @Test
  void aCallWaitsUntilTheKeyThatItWouldPutHasBeenDeleted() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    member.refusal = ErrorCode.TIMEOUT;
    waiter.abandon();
    member.refusal = null;
    unlock("l/abc");
    Turn<Locked> again = lock(DEF);
    assertThat(again.result()).as("while the old key is still to be deleted").isNotDone();
    member.passMillis(100);
    assertThat(held(again).revision()).isEqualTo(6);
    assertThat(kvs().get(0).createRevision()).as("of a new key").isEqualTo(6);
  }

  @Test
  void aKeyThatNobodyWantsAndCannotBeDeletedStaysToTheEndOfItsLease() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    member.refusal = ErrorCode.CORRUPT;
    waiter.abandon();
    member.refusal = null;
    member.passSeconds(10);
    assertThat(queue.claims().size()).isZero();
    assertThat(keys()).containsExactly("l/abc", "l/def");
  }

  @Test
  void aPutWhoseOutcomeIsUnknownFailsTheCallAndLeavesNoKey() {
    for (ErrorCode lost : List.of(ErrorCode.TIMEOUT, ErrorCode.LEADER_CHANGED)) {
      member.lostAnswer = lost;
      Turn<Locked> turn = lock(ABC);
      assertThat(codeOf(turn.result())).isEqualTo(lost);
      member.lostAnswer = null;
      member.passMillis(100);
      assertThat(keys()).isEmpty();
    }
  }

  @Test
  void aPutWhoseOutcomeIsUnknownDoesNotTakeTheLockFromItsHolder() {
    held(lock(ABC));
    member.lostAnswer = ErrorCode.TIMEOUT;
    assertThat(codeOf(lock(ABC).result())).isEqualTo(ErrorCode.TIMEOUT);
    member.lostAnswer = null;
    member.passMillis(100);
    assertThat(keys()).containsExactly("l/abc");
  }

  @Test
  void aCallThatWasNeverAllowedDoesNotTakeTheLockFromItsHolder() {
    LockService ofNobody = locks.onBehalfOf(member.services.access().ofNobody());
    member.consensus.propose(new AuthCommand.AddUser("root", Bytes.EMPTY, true)).join();
    member.consensus.propose(new AuthCommand.GrantRole("root", "root")).join();
    member.hold();
    member.consensus.propose(KeyQueue.put(Bytes.utf8("l/abc"), Bytes.EMPTY, ABC));
    member.consensus.propose(new AuthCommand.Enable());
    member.lostAnswer = ErrorCode.TIMEOUT;
    Turn<Locked> turn = ofNobody.lock(NAME, ABC);
    turns.add(turn);
    member.lostAnswer = null;
    member.release();
    assertThat(codeOf(turn.result())).isEqualTo(ErrorCode.TIMEOUT);
    member.passSeconds(1);
    assertThat(keys()).as("put while this member did not know it").containsExactly("l/abc");
  }

  @Test
  void whoMayNotPutAKeyDoesNotDelayItsDeletion() {
    held(lock(DEF));
    Turn<Locked> waiting = lock(ABC);
    member.enableAuth();
    member.addUser("other", Permission.READWRITE, "x/", "x0");
    LockService others = locks.onBehalfOf(member.accessOf("other"));
    member.hold();
    Turn<Locked> refused = others.lock(NAME, ABC);
    turns.add(refused);
    assertThat(codeOf(refused.result())).isEqualTo(ErrorCode.PERMISSION_DENIED);
    int proposed = member.proposed.size();
    waiting.abandon();
    assertThat(member.proposed).as("the deletion").hasSize(proposed + 1);
    member.release();
    assertThat(keys()).containsExactly("l/def");
  }

  @Test
  void aPutThatWasNotDoneFailsTheCallAndNothingIsDeleted() {
    member.refusal = ErrorCode.NO_LEADER;
    assertThat(codeOf(lock(ABC).result())).isEqualTo(ErrorCode.NO_LEADER);
    assertThat(codeOf(lock(0).result())).isEqualTo(ErrorCode.NO_LEADER);
    int proposed = member.proposed.size();
    member.refusal = null;
    member.passSeconds(1);
    assertThat(member.proposed).hasSize(proposed);
    assertThat(queue.claims().size()).isZero();
  }

  @Test
  void aWaiterWhoseTurnComesWhenTheLeaderIsLostIsGrantedTheLockWhenThereIsOneAgain() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    member.confirmation = failed(ErrorCode.TIMEOUT);
    unlock("l/abc");
    member.passSeconds(30);
    assertThat(waiter.result()).isNotDone();
    member.confirmation = failed(ErrorCode.NO_LEADER);
    member.passSeconds(30);
    assertThat(waiter.result()).isNotDone();
    member.confirmation = CompletableFuture.completedFuture(null);
    member.passMillis(100);
    held(waiter);
  }

  @Test
  void aWaiterCanGiveUpWhileTheLeaderIsLost() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    member.confirmation = failed(ErrorCode.TIMEOUT);
    unlock("l/abc");
    waiter.abandon();
    assertThat(keys()).isEmpty();
  }

  @Test
  void aWaiterCanGiveUpWhileTheQueueIsBeingRead() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    member.confirmation = new CompletableFuture<>();
    unlock("l/abc");
    waiter.abandon();
    assertThat(keys()).isEmpty();
    member.confirmation.complete(null);
    assertThat(waiter.result()).isCancelled();
  }

  @Test
  void aReadThatFailsForGoodFailsTheCallAndLeavesNoKey() {
    held(lock(ABC));
    Turn<Locked> waiter = lock(DEF);
    member.confirmation = failed(ErrorCode.CORRUPT);
    unlock("l/abc");
    assertThat(codeOf(waiter.result())).isEqualTo(ErrorCode.CORRUPT);
    assertThat(keys()).isEmpty();
  }

  @Test
  void aWatchThatIsCanceledByACompactionIsReplaced() {
    held(lock(ABC));
    Turn<Locked> waiter = locks.lock(NAME, DEF);
    turns.add(waiter);
    put("elsewhere", 0);
    put("elsewhere", 0);
    kv.compact(revision(), false).join();
    member.stepHub();
    assertThat(member.hub.hub().stats().watchers()).as("the second watch").isEqualTo(1);
    assertThat(waiter.result()).isNotDone();
    unlock("l/abc");
    held(waiter);
  }

  @Test
  void anUnlockBetweenTheReadAndItsWatchIsSeen() {
    held(lock(ABC));
    Turn<Locked> waiter = locks.lock(NAME, DEF);
    turns.add(waiter);
    locks.unlock(Bytes.utf8("l/abc")).join();
    assertThat(waiter.result()).isNotDone();
    member.stepHub();
    held(waiter);
  }

  private static <T> CompletableFuture<T> failed(ErrorCode code) {
    return CompletableFuture.failedFuture(new RequestException(code));
  }
}
