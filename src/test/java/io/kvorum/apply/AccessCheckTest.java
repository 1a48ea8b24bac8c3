package io.kvorum.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.auth.AuthListener;
import io.kvorum.model.Alarm;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.io.IOException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands are decided about where they are applied, by whom they were proposed for. */
class AccessCheckTest {
  private InMemoryHistory history = new InMemoryHistory();
  private MvccStore store = newStore();

  private Applier applier;
  private long index;

  @BeforeEach
  void users() throws IOException {
    applier = new Applier(store, (revision, events) -> {}, AuthListener.NONE);
    applier.open(store.open());
    apply(new AuthCommand.AddUser("root", Bytes.EMPTY, false));
    apply(new AuthCommand.GrantRole("root", "root"));
    apply(new AuthCommand.AddUser("wr", Bytes.EMPTY, false));
    apply(new AuthCommand.AddRole("wr"));
    apply(new AuthCommand.GrantRole("wr", "wr"));
    apply(new AuthCommand.GrantPermission("wr", permission(Permission.WRITE, "foo", "fop")));
    apply(new AuthCommand.Enable());
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private MvccStore newStore() {
    return new MvccStore(
        history,
        new StoreSettings(1 << 20, 1 << 20, 1 << 20),
        failure -> {
          throw new AssertionError(failure);
        });
  }

  private static Permission permission(int type, String key, String end) {
    return new Permission(type, Bytes.utf8(key), Bytes.utf8(end));
  }

  private Result apply(Command command) {
    return applier.apply(++index, 1, List.of(command)).get(0);
  }

  private Result apply(String user, Command command) {
    long revision = applier.view().auth().state().revision();
    return apply(new Command.Stamped(new Principal(user, revision), command));
  }

  private static Command put(String key) {
    return Command.Put.of(Bytes.utf8(key), Bytes.utf8("v"));
  }

  private static Command putWithLease(String key, long lease) {
    return new Command.Put(Bytes.utf8(key), Bytes.EMPTY, lease, false, false, false);
  }

  private static void assertRejected(Result result, ErrorCode code) {
    assertThat(result)
        .isInstanceOfSatisfying(
            Result.Rejected.class, rejected -> assertThat(rejected.code()).isEqualTo(code));
  }

  @Test
  void rootRenewsListsAndEndsLeasesWithAnOutdatedTokenAndWritesNothingWithIt() {
    apply("root", new Command.LeaseGrant(7, 60));
    apply("root", putWithLease("foo", 7));
    AccessCheck check = new AccessCheck(applier.view().auth(), applier.view().leases());
    List<Bytes> keys = List.of(Bytes.utf8("foo"));
    Principal outdated = new Principal("root", 1);
    check.requireWriteOfLease(outdated, 7);
    check.requireReadOfKeys(outdated, keys);
    check.requireReadOfAllLeases(outdated);
    Command put = putWithLease("foo", 7);
    assertRejected(apply(new Command.Stamped(outdated, put)), ErrorCode.AUTH_REVISION_OLD);
    Principal other = new Principal("wr", 1);
    assertRefused(() -> check.requireWriteOfLease(other, 7));
    assertRefused(() -> check.requireReadOfKeys(other, keys));
    assertRefused(() -> check.requireReadOfAllLeases(other));
    Command end = new Command.LeaseRevoke(7);
    assertRejected(apply(new Command.Stamped(other, end)), ErrorCode.AUTH_REVISION_OLD);
    assertThat(apply(new Command.Stamped(outdated, end))).isInstanceOf(Result.LeaseRevoke.class);
  }

  private static void assertRefused(ThrowableAssert.ThrowingCallable check) {
    assertThatThrownBy(check)
        .isInstanceOfSatisfying(
            RequestException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.AUTH_REVISION_OLD));
  }

  @Test
  void aCommandOfNobodyThatComesAfterAuthIsRejected() {
    assertRejected(apply(put("foo")), ErrorCode.USER_EMPTY);
    assertRejected(apply(new Command.LeaseGrant(7, 60)), ErrorCode.USER_EMPTY);
    assertRejected(apply(new Command.LeaseRevoke(7)), ErrorCode.USER_EMPTY);
    assertThat(apply(new Command.Txn(List.of(), List.of(), List.of())))
        .isInstanceOf(Result.Txn.class);
  }

  @Test
  void aCommandFromBeforeAChangeOfAuthIsRejectedAfterIt() {
    long before = applier.view().auth().state().revision();
    Command put = new Command.Stamped(new Principal("wr", before), put("foo"));
    assertThat(apply(put)).isInstanceOf(Result.Put.class);
    assertThat(apply("root", new AuthCommand.AddRole("r"))).isInstanceOf(Result.AuthChange.class);
    assertRejected(apply(put), ErrorCode.AUTH_REVISION_OLD);
    assertThat(apply("wr", put("foo"))).isInstanceOf(Result.Put.class);
  }

  @Test
  void keysThatAreAttachedToALeaseGuardIt() {
    assertThat(apply("wr", new Command.LeaseGrant(7, 60))).isInstanceOf(Result.LeaseGrant.class);
    assertThat(apply("wr", putWithLease("foo1", 7))).isInstanceOf(Result.Put.class);
    assertThat(apply("root", putWithLease("zzz", 7))).isInstanceOf(Result.Put.class);
    assertRejected(apply("wr", putWithLease("foo2", 7)), ErrorCode.PERMISSION_DENIED);
    assertRejected(apply("wr", new Command.LeaseRevoke(7)), ErrorCode.PERMISSION_DENIED);
    assertRejected(apply("wr", putWithLease("foo2", 8)), ErrorCode.LEASE_NOT_FOUND);
    assertRejected(apply("wr", putWithLease("zoo", 8)), ErrorCode.PERMISSION_DENIED);
  }

  @Test
  void aLeaseThatHasExpiredEndsWithoutAUser() {
    apply("root", new Command.LeaseGrant(7, 60));
    apply("root", putWithLease("zzz", 7));
    assertThat(apply(new Command.LeaseRevoke(7, 1))).isInstanceOf(Result.LeaseRevoke.class);
  }

  @Test
  void whoHasNoRightsLearnsNothingOfTheSpaceThatIsLeft() {
    apply("root", new Command.AlarmActivate(new Alarm(1, Alarm.Kind.NOSPACE)));
    assertRejected(apply("root", put("foo")), ErrorCode.NO_SPACE);
    assertRejected(apply("wr", put("x")), ErrorCode.PERMISSION_DENIED);
    assertRejected(apply(new Command.Stamped(Principal.NOBODY, put("foo"))), ErrorCode.USER_EMPTY);
  }

  @Test
  void theMemberItselfMayDoEverything() {
    assertThat(
            apply(
                new Command.Stamped(
                    Principal.MEMBER, new Command.DeleteRange(KeyRange.all(), false))))
        .isInstanceOf(Result.DeleteRange.class);
  }

  @Test
  void whatIsRejectedChangesNothing() {
    long revision = store.revision();
    assertRejected(apply("wr", put("zzz")), ErrorCode.PERMISSION_DENIED);
    Command.Txn txn =
        new Command.Txn(
            List.of(),
            List.of(Command.Put.of(Bytes.utf8("foo"), Bytes.EMPTY)),
            List.of(Command.Put.of(Bytes.utf8("zzz"), Bytes.EMPTY)));
    assertRejected(apply("wr", txn), ErrorCode.PERMISSION_DENIED);
    assertThat(store.revision()).isEqualTo(revision);
  }

  @Test
  void usersAndRightsAreThereAfterARestart() throws IOException {
    long revision = applier.view().auth().state().revision();
    store.close();
    history = history.reopen();
    store = newStore();
    applier = new Applier(store, (at, events) -> {}, AuthListener.NONE);
    applier.open(store.open());
    assertThat(applier.view().auth().state().revision()).isEqualTo(revision);
    assertThat(apply("wr", put("foo"))).isInstanceOf(Result.Put.class);
    assertRejected(apply("wr", put("zzz")), ErrorCode.PERMISSION_DENIED);
    assertRejected(apply(put("foo")), ErrorCode.USER_EMPTY);
  }
}
