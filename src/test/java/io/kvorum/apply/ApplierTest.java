package io.kvorum.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.auth.AuthListener;
import io.kvorum.lease.LeaseView;
import io.kvorum.membership.MemberView;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Command.LeaseGrant;
import io.kvorum.model.Command.LeaseRevoke;
import io.kvorum.model.Command.Txn;
import io.kvorum.model.Compare;
import io.kvorum.model.Compare.Operator;
import io.kvorum.model.Compare.Target;
import io.kvorum.model.Downgrade;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.TxnOp;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApplierTest {
  private static final StoreSettings SETTINGS = new StoreSettings(1 << 20, 1 << 20, 1 << 20);

  private final List<Event> events = new ArrayList<>();
  private InMemoryHistory history = new InMemoryHistory();
  private MvccStore store;
  private LeaseView leases;
  private Alarms alarms;
  private MemberView members;
  private Applier applier;
  private long index;

  @BeforeEach
  void open() throws IOException {
    store =
        new MvccStore(
            history,
            SETTINGS,
            failure -> {
              throw new AssertionError(failure);
            });
    applier = new Applier(store, (revision, more) -> events.addAll(more), AuthListener.NONE);
    leases = applier.view().leases();
    alarms = applier.view().alarms();
    members = applier.view().members();
    MvccStore.Opened opened = store.open();
    applier.open(opened);
    index = opened.recovered().appliedIndex();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void aPutMakesARevisionAndAnEvent() {
    assertThat(apply(put("a", "1"))).isEqualTo(new Result.Put(2, null));
    assertThat(get("a")).isEqualTo(kv("a", "1", 2, 2, 1, 0));
    assertThat(events).containsExactly(new Event(kv("a", "1", 2, 2, 1, 0), null));
  }

  @Test
  void thePreviousVersionIsReturnedWhereItIsAskedFor() {
    apply(put("a", "1"));
    Result.Put put = (Result.Put) apply(new Command.Put(b("a"), b("2"), 0, true, false, false));
    assertThat(put.prevKv()).isEqualTo(kv("a", "1", 2, 2, 1, 0));
  }

  @Test
  void ignoredValuesAndLeasesStayAsTheyWere() {
    apply(new LeaseGrant(7, 10));
    apply(leased("a", "1", 7));
    apply(new Command.Put(b("a"), Bytes.EMPTY, 0, false, true, false));
    assertThat(get("a")).isEqualTo(kv("a", "1", 2, 3, 2, 0));
    apply(leased("a", "2", 7));
    apply(new Command.Put(b("a"), b("3"), 0, false, false, true));
    assertThat(get("a")).isEqualTo(kv("a", "3", 2, 5, 4, 7));
  }

  @Test
  void ignoringTheValueOfAMissingKeyIsRejected() {
    rejected(ErrorCode.KEY_NOT_FOUND, new Command.Put(b("a"), Bytes.EMPTY, 0, false, true, false));
    assertThat(store.revision()).isEqualTo(1);
  }

  @Test
  void aPutOnAnUnknownLeaseIsRejected() {
    rejected(ErrorCode.LEASE_NOT_FOUND, leased("a", "1", 7));
  }

  @Test
  void aDeletionOfNothingMakesNoRevision() {
    assertThat(apply(delete("a", "z"))).isEqualTo(new Result.DeleteRange(1, 0, List.of()));
    assertThat(events).isEmpty();
  }

  @Test
  void aDeletionOfARangeMakesOneRevisionWithOneEventPerKey() {
    apply(put("a", "1"), put("b", "2"), put("c", "3"));
    events.clear();
    Result.DeleteRange deleted =
        (Result.DeleteRange) apply(new Command.DeleteRange(new KeyRange(b("a"), b("c")), true));
    assertThat(deleted.revision()).isEqualTo(5);
    assertThat(deleted.deleted()).isEqualTo(2);
    assertThat(deleted.prevKvs()).extracting(KeyValue::key).containsExactly(b("a"), b("b"));
    assertThat(events).extracting(Event::kv).containsExactly(gone("a", 5), gone("b", 5));
  }

  @Test
  void aTransactionTakesTheBranchThatItsConditionsChoose() {
    apply(put("a", "1"));
    Txn txn =
        new Txn(
            List.of(compare("a", Target.VALUE, Operator.EQUAL, 0, "1")),
            List.of(put("b", "then")),
            List.of(put("b", "else")));
    assertThat(((Result.Txn) apply(txn)).succeeded()).isTrue();
    assertThat(get("b").value()).isEqualTo(b("then"));
    apply(put("a", "2"));
    assertThat(((Result.Txn) apply(txn)).succeeded()).isFalse();
    assertThat(get("b").value()).isEqualTo(b("else"));
  }

  @Test
  void anAbsentKeyComparesAsZeroButItsValueNever() {
    for (Target target : List.of(Target.VERSION, Target.CREATE, Target.MOD, Target.LEASE)) {
      assertThat(holds(compare("x", target, Operator.EQUAL, 0, ""))).isTrue();
      assertThat(holds(compare("x", target, Operator.GREATER, 0, ""))).isFalse();
    }
    for (Operator operator : Operator.values()) {
      assertThat(holds(compare("x", Target.VALUE, operator, 0, ""))).isFalse();
    }
  }

  @Test
  void everyKeyOfARangeMustSatisfyACondition() {
    apply(put("a", "1"), put("b", "1"));
    KeyRange range = new KeyRange(b("a"), b("c"));
    Compare all = new Compare(range, Target.VALUE, Operator.EQUAL, 0, b("1"));
    assertThat(holds(all)).isTrue();
    apply(put("b", "2"));
    assertThat(holds(all)).isFalse();
  }

  @Test
  void aTransactionHasOneRevisionAndItsReadsSeeItsWrites() {
    Txn request =
        new Txn(
            List.of(),
            List.of(put("a", "1"), RangeQuery.of(KeyRange.single(b("a"))), put("b", "2")),
            List.of());
    Result.Txn txn = (Result.Txn) apply(request);
    assertThat(txn.revision()).isEqualTo(2);
    assertThat(((Result.Range) txn.responses().get(1)).kvs())
        .containsExactly(kv("a", "1", 2, 2, 1, 0));
    assertThat(events).extracting(event -> event.kv().modRevision()).containsExactly(2L, 2L);
  }

  @Test
  void nestedConditionsAreJudgedByTheStateBeforeTheTransaction() {
    Txn nested =
        new Txn(
            List.of(compare("a", Target.VERSION, Operator.EQUAL, 0, "")),
            List.of(put("b", "a was absent")),
            List.of(put("b", "a was there")));
    apply(new Txn(List.of(), List.of(put("a", "1"), nested), List.of()));
    assertThat(get("b").value()).isEqualTo(b("a was absent"));
  }

  @Test
  void aTransactionWithAnErrorChangesNothing() {
    RangeQuery future = RangeQuery.of(KeyRange.single(b("a"))).atRevision(100);
    rejected(
        ErrorCode.FUTURE_REVISION, new Txn(List.of(), List.of(put("a", "1"), future), List.of()));
    rejected(
        ErrorCode.LEASE_NOT_FOUND,
        new Txn(List.of(), List.of(put("a", "1"), leased("b", "1", 9)), List.of()));
    assertThat(store.revision()).isEqualTo(1);
    assertThat(events).isEmpty();
  }

  /** As in etcd, where nothing is compacted below -1 at first. */
  @Test
  void aTransactionDoesNotReadBelowZeroWhereThatIsCompacted() {
    apply(put("a", "1"), put("a", "2"));
    RangeQuery current = RangeQuery.of(KeyRange.single(b("a")));
    for (List<TxnOp> others : List.<List<TxnOp>>of(List.of(), List.of(put("b", "1")))) {
      List<TxnOp> ops = new ArrayList<>(others);
      ops.add(current.atRevision(-2));
      assertThat(refusal(ops)).isEqualTo(ErrorCode.COMPACTED);
      ops.set(ops.size() - 1, current.atRevision(-1));
      assertThat(refusal(ops)).isNull();
    }
    apply(new Command.Compact(2));
    assertThat(refusal(List.of(current.atRevision(-1)))).isEqualTo(ErrorCode.COMPACTED);
    assertThat(refusal(List.of(put("b", "1"), current.atRevision(-1))))
        .isEqualTo(ErrorCode.COMPACTED);
    assertThat(store.range(current.atRevision(-1)).kvs()).hasSize(1);
  }

  /** Why a transaction is refused, as one that only reads and as one of the log; null if not. */
  private @Nullable ErrorCode refusal(List<TxnOp> ops) {
    Txn txn = new Txn(List.of(), ops, List.of());
    if (ReadOnlyTxn.isReadOnly(txn)) {
      try {
        new ReadOnlyTxn(store).evaluate(txn);
        return null;
      } catch (RequestException refused) {
        return refused.code();
      }
    }
    Result result = applier.apply(++index, 1, List.of(txn)).get(0);
    return result instanceof Result.Rejected rejected ? rejected.code() : null;
  }

  @Test
  void aRevokedLeaseTakesItsKeysInOneRevision() {
    apply(new LeaseGrant(7, 10));
    apply(leased("b", "1", 7), leased("a", "1", 7), put("c", "1"));
    events.clear();
    assertThat(apply(new LeaseRevoke(7))).isEqualTo(new Result.LeaseRevoke(5));
    assertThat(events).extracting(Event::kv).containsExactly(gone("a", 5), gone("b", 5));
    rejected(ErrorCode.LEASE_NOT_FOUND, new LeaseRevoke(7));
    assertThat(leases.size()).isZero();
  }

  @Test
  void whatALeaderSaidOfALeaseDoesNotCountInTheTermOfAnother() {
    apply(new LeaseGrant(7, 3600), leased("a", "1", 7));
    Command deposed = new LeaseRevoke(7, 1);
    Command deposedToo =
        new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(7, 5)), 1);
    assertThat(applier.apply(++index, 2, List.of(deposed, deposedToo)))
        .containsOnly(new Result.Rejected(2, ErrorCode.NOT_LEADER));
    assertThat(leases.find(7).checkpointedSeconds()).isZero();
    assertThat(get("a").lease()).isEqualTo(7);
    Command leading =
        new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(7, 9)), 2);
    assertThat(applier.apply(++index, 2, List.of(leading)))
        .containsExactly(new Result.LeaseCheckpoint(2));
    assertThat(leases.find(7).checkpointedSeconds()).isEqualTo(9);
    assertThat(applier.apply(++index, 2, List.of(new LeaseRevoke(7, 2))))
        .containsExactly(new Result.LeaseRevoke(3));
  }

  @Test
  void aDeletedKeyLeavesItsLease() {
    apply(new LeaseGrant(7, 10));
    apply(leased("a", "1", 7), delete("a", "b"), put("a", "2"));
    apply(new LeaseRevoke(7));
    assertThat(get("a").value()).isEqualTo(b("2"));
  }

  @Test
  void aLeaseIsGrantedOnce() {
    apply(new LeaseGrant(7, 10));
    rejected(ErrorCode.LEASE_EXISTS, new LeaseGrant(7, 20));
  }

  @Test
  void withoutSpaceOnlyWhatGrowsTheStoreIsRejected() {
    Alarm alarm = new Alarm(1, Alarm.Kind.NOSPACE);
    apply(put("a", "1"));
    apply(new Command.AlarmActivate(alarm));
    rejected(ErrorCode.NO_SPACE, put("a", "2"));
    rejected(ErrorCode.NO_SPACE, new LeaseGrant(7, 10));
    rejected(ErrorCode.NO_SPACE, new Txn(List.of(), List.of(put("a", "2")), List.of()));
    assertThat(apply(new Txn(List.of(), List.of(delete("x", "y")), List.of())))
        .isInstanceOf(Result.Txn.class);
    assertThat(apply(delete("a", "b"))).isInstanceOf(Result.DeleteRange.class);
    assertThat(apply(new Command.AlarmDeactivate(alarm)))
        .isEqualTo(new Result.Alarms(3, List.of()));
    assertThat(apply(put("a", "2"))).isInstanceOf(Result.Put.class);
  }

  @Test
  void inACorruptClusterNoKeyChangesAndTheRestRuns() {
    Alarm alarm = new Alarm(2, Alarm.Kind.CORRUPT);
    apply(new LeaseGrant(7, 600), put("a", "1"), new Command.AlarmActivate(alarm));
    rejected(ErrorCode.CORRUPT, put("a", "2"));
    rejected(ErrorCode.CORRUPT, delete("a", "b"));
    rejected(ErrorCode.CORRUPT, new Txn(List.of(), List.of(put("a", "2")), List.of()));
    rejected(ErrorCode.CORRUPT, new Txn(List.of(), List.of(delete("x", "y")), List.of()));
    rejected(ErrorCode.CORRUPT, new Command.Compact(2));
    rejected(ErrorCode.CORRUPT, new LeaseGrant(8, 10));
    rejected(ErrorCode.CORRUPT, new LeaseRevoke(7));
    apply(checkpoint(7, 42));
    assertThat(leases.find(7).checkpointedSeconds()).isEqualTo(42);
    Alarm another = new Alarm(3, Alarm.Kind.CORRUPT);
    Alarm space = new Alarm(3, Alarm.Kind.NOSPACE);
    apply(new Command.AlarmActivate(another), new Command.AlarmActivate(space));
    rejected(ErrorCode.CORRUPT, put("a", "2"));
    assertThat(alarms.active()).containsExactly(alarm, space, another);
    apply(new Command.AlarmDeactivate(alarm));
    rejected(ErrorCode.CORRUPT, put("a", "2"));
    apply(new Command.AlarmDeactivate(another), new Command.AlarmDeactivate(space));
    assertThat(apply(put("a", "2"))).isEqualTo(new Result.Put(3, null));
  }

  @Test
  void leasesAlarmsAndTheCompactRevisionSurviveARestart() throws IOException {
    apply(new LeaseGrant(7, 10), new LeaseGrant(8, 600), new LeaseGrant(9, 600));
    apply(checkpoint(9, 42));
    apply(leased("a", "1", 7), put("a2", "1"));
    apply(new Command.Compact(2));
    apply(new Command.AlarmActivate(new Alarm(-1, Alarm.Kind.NOSPACE)));
    apply(new LeaseRevoke(8));
    apply(new Command.DowngradeChange(new Downgrade("3.6.0")));
    store.close();
    history = history.reopen();
    open();
    assertThat(store.revision()).isEqualTo(3);
    assertThat(store.compactedRevision()).isEqualTo(2);
    assertThat(leases.find(7)).isNotNull();
    assertThat(leases.find(7).keys()).containsExactly(b("a"));
    assertThat(leases.find(8)).isNull();
    assertThat(leases.find(9).checkpointedSeconds()).isEqualTo(42);
    assertThat(alarms.active()).containsExactly(new Alarm(-1, Alarm.Kind.NOSPACE));
    assertThat(applier.view().downgrade().current()).isEqualTo(new Downgrade("3.6.0"));
    apply(new Command.DowngradeChange(Downgrade.NONE));
    store.close();
    history = history.reopen();
    open();
    assertThat(applier.view().downgrade().current()).isEqualTo(Downgrade.NONE);
  }

  private boolean holds(Compare compare) {
    return ((Result.Txn) apply(new Txn(List.of(compare), List.of(), List.of()))).succeeded();
  }

  private Result apply(Command... commands) {
    List<Result> results = applier.apply(++index, 1, List.of(commands));
    assertThat(results).hasSameSizeAs(commands);
    return results.get(results.size() - 1);
  }

  private void rejected(ErrorCode code, Command command) {
    long before = store.revision();
    assertThat(apply(command)).isEqualTo(new Result.Rejected(before, code));
  }

  private KeyValue get(String key) {
    List<KeyValue> kvs = store.range(RangeQuery.of(KeyRange.single(b(key)))).kvs();
    assertThat(kvs).hasSize(1);
    return kvs.get(0);
  }

  private static Command checkpoint(long lease, long seconds) {
    return new Command.LeaseCheckpoint(
        List.of(new Command.LeaseCheckpoint.Remaining(lease, seconds)));
  }

  private static Compare compare(
      String key, Target target, Operator operator, long number, String value) {
    return new Compare(KeyRange.single(b(key)), target, operator, number, b(value));
  }

  private static Command.Put put(String key, String value) {
    return Command.Put.of(b(key), b(value));
  }

  private static Command.Put leased(String key, String value, long lease) {
    return new Command.Put(b(key), b(value), lease, false, false, false);
  }

  private static Command.DeleteRange delete(String from, String to) {
    return new Command.DeleteRange(new KeyRange(b(from), b(to)), false);
  }

  private static KeyValue kv(
      String key, String value, long create, long mod, long version, long lease) {
    return new KeyValue(b(key), b(value), create, mod, version, lease);
  }

  private static KeyValue gone(String key, long revision) {
    return KeyValue.tombstone(b(key), revision);
  }

  private static Bytes b(String text) {
    return Bytes.utf8(text);
  }
}
