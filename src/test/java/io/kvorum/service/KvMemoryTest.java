package io.kvorum.service;

import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.apply.ResultCost;
import io.kvorum.auth.SimpleTokens;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Permission;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.Result;
import io.kvorum.model.TxnOp;
import io.kvorum.support.Futures;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.MemoryBudget.Hold;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What calls of the KV service take of the member's memory, and what becomes of those for whom
 * there is none.
 */
final class KvMemoryTest {
  private static final int MIB = 1 << 20;
  private static final int KEYS = 40;
  private static final int VALUE_BYTES = 50_000;
  private static final KeyRange LARGE = new KeyRange(Bytes.utf8("big/"), Bytes.utf8("big0"));

  private final List<Runnable> impatient = new ArrayList<>();
  private final MemoryBudget budget = new MemoryBudget(8 * MIB, 4 * MIB, impatient::add);
  private final Hold hold = budget.newAccount().open();
  private ServicesUnderTest members;
  private KvService kv;

  @BeforeEach
  void fill() {
    members =
        new ServicesUnderTest(
            ServicesUnderTest.DEFAULT_RULES,
            budget,
            ServicesUnderTest.voter(ServicesUnderTest.SELF));
    kv = members.services.kv();
    for (int i = 0; i < KEYS; i++) {
      kv.put(
              Command.Put.of(
                  Bytes.utf8(String.format("big/%03d", i)), Bytes.wrap(new byte[VALUE_BYTES])))
          .join();
    }
    members.proposed.clear();
    assertThat(budget.usedBytes()).as("what the puts took is given back").isZero();
  }

  @AfterEach
  void close() throws IOException {
    members.close();
  }

  @Test
  void aRangeTakesWhatItsResultNeeds() {
    Result.Range all = kv.range(RangeQuery.of(LARGE), true, hold).join();
    assertThat(all.kvs()).hasSize(KEYS);
    assertThat(hold.bytes()).isBetween((long) KEYS * VALUE_BYTES, KEYS * VALUE_BYTES + 20_000L);
    hold.close();
    kv.range(RangeQuery.of(LARGE).withProjection(Projection.KEYS_ONLY), true, open()).join();
    assertThat(budget.usedBytes()).isLessThan(20_000);
  }

  @Test
  void aRangeWaitsForRoom() {
    Hold others = open();
    Hold more = open();
    assertThat(others.tryTake(3 * MIB)).isTrue();
    assertThat(more.tryTake(3 * MIB)).isTrue();
    CompletableFuture<Result.Range> waits = kv.range(RangeQuery.of(LARGE), true, hold);
    assertThat(waits).isNotDone();
    others.close();
    assertThat(waits.join().kvs()).hasSize(KEYS);
  }

  @Test
  void aRangeThatHasWaitedTooLongIsRefused() {
    assertThat(open().tryTake(3 * MIB)).isTrue();
    assertThat(open().tryTake(3 * MIB)).isTrue();
    CompletableFuture<Result.Range> waits = kv.range(RangeQuery.of(LARGE), true, hold);
    impatient.forEach(Runnable::run);
    assertThat(codeOf(waits)).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
  }

  @Test
  void aTransactionOfManyRangesIsRefusedBeforeItReads() {
    List<TxnOp> ranges = Collections.nCopies(128, RangeQuery.of(LARGE));
    Command.Txn reads = new Command.Txn(List.of(), ranges, List.of());
    assertThat(codeOf(kv.txn(reads, true, hold))).isEqualTo(ErrorCode.ANSWER_TOO_LARGE);
    List<TxnOp> alsoWrites = new ArrayList<>(ranges.subList(0, 100));
    alsoWrites.add(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
    Command.Txn writes = new Command.Txn(List.of(), List.of(), alsoWrites);
    assertThat(codeOf(kv.txn(writes, false, hold))).isEqualTo(ErrorCode.ANSWER_TOO_LARGE);
    assertThat(members.proposed).as("nothing was proposed").isEmpty();
  }

  @Test
  void whatADeletionOrAPutReturnsIsTakenBeforeItIsProposed() {
    for (int i = 0; i < 60; i++) {
      kv.put(
              Command.Put.of(
                  Bytes.utf8(String.format("big/x%03d", i)), Bytes.wrap(new byte[VALUE_BYTES])))
          .join();
    }
    members.proposed.clear();
    Command.DeleteRange delete = new Command.DeleteRange(LARGE, true);
    assertThat(codeOf(kv.deleteRange(delete, hold))).isEqualTo(ErrorCode.ANSWER_TOO_LARGE);
    assertThat(members.proposed).isEmpty();
    kv.put(new Command.Put(Bytes.utf8("big/000"), Bytes.utf8("small"), 0, true, false, false), hold)
        .join();
    assertThat(hold.bytes()).isGreaterThan(VALUE_BYTES);
    assertThat(kv.deleteRange(new Command.DeleteRange(LARGE, false), hold).join().deleted())
        .isEqualTo(100);
  }

  @Test
  void whatNobodyWantsAnyMoreIsNotRead() {
    hold.abandon();
    assertThat(kv.range(RangeQuery.of(LARGE), true, hold)).isCompletedExceptionally();
    assertThat(kv.deleteRange(new Command.DeleteRange(LARGE, true), hold))
        .isCompletedExceptionally();
    assertThat(members.proposed).isEmpty();
  }

  @Test
  void whatIsCachedTakesRoomToo() {
    RangeQuery one = RangeQuery.of(KeyRange.single(Bytes.utf8("big/000")));
    kv.range(one, true, open()).join();
    kv.range(one, true, hold).join();
    assertThat(hold.bytes()).isGreaterThan(VALUE_BYTES);
  }

  @Test
  void aRangeThatIsReadAsOnePieceTakesRoomThoughItIsCheap() {
    RangeQuery one = RangeQuery.of(KeyRange.single(Bytes.utf8("big/000")));
    kv.range(one, true, open()).join();
    kv.pieces().read(one, true, Long.MAX_VALUE / 4, hold).join();
    assertThat(hold.bytes()).isGreaterThan(VALUE_BYTES);
  }

  @Test
  void aPieceFitsWhatWasAskedFor() {
    Result.Range piece =
        kv.pieces().read(RangeQuery.of(LARGE).withLimit(32), true, 120_000, hold).join();
    assertThat(piece.kvs()).hasSizeBetween(1, 4);
    assertThat(piece.more()).isTrue();
    assertThat(piece.count()).isEqualTo(KEYS);
    assertThat(kv.pieces().read(RangeQuery.of(LARGE).withLimit(32), true, 10, hold).join().kvs())
        .as("at least one")
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 7, 40, 100})
  void anEstimateIsCloseToTheResult(long limit) {
    ResultCost cost = new ResultCost(members.store, Long.MAX_VALUE);
    for (RangeQuery.SortTarget target : RangeQuery.SortTarget.values()) {
      RangeQuery query =
          new RangeQuery(
              LARGE,
              0,
              limit,
              target,
              RangeQuery.SortOrder.DESCEND,
              RangeQuery.RevisionBounds.NONE,
              Projection.FULL);
      long bytes = 0;
      for (KeyValue kv : members.store.range(query).kvs()) {
        bytes += kv.key().length() + kv.value().length();
      }
      assertThat(cost.of(query)).as("%s", query).isGreaterThanOrEqualTo(bytes);
      if (target != RangeQuery.SortTarget.VALUE) {
        assertThat(cost.of(query)).as("%s", query).isLessThan(bytes + 20_000);
      }
    }
  }

  @Test
  void whoShowsNothingWhileAuthIsOnTakesNothingAndProposesNothing() {
    members.consensus.propose(new AuthCommand.AddUser("root", Bytes.EMPTY, true)).join();
    members.consensus.propose(new AuthCommand.GrantRole("root", "root")).join();
    members.consensus.propose(new AuthCommand.Enable()).join();
    members.proposed.clear();
    KvService ofNobody = kv.onBehalfOf(members.services.access().ofNobody());
    Command.Put put = Command.Put.of(Bytes.utf8("big/000"), Bytes.wrap(new byte[VALUE_BYTES]));
    Command.DeleteRange delete = new Command.DeleteRange(LARGE, true);
    for (Supplier<CompletableFuture<?>> call :
        List.<Supplier<CompletableFuture<?>>>of(
            () -> ofNobody.put(put, hold),
            () -> ofNobody.deleteRange(delete, hold),
            () ->
                ofNobody.txn(
                    new Command.Txn(List.of(), List.of(put), List.of(delete)), false, hold))) {
      assertThat(codeOf(Futures.attempt(call::get))).isEqualTo(ErrorCode.USER_EMPTY);
    }
    assertThat(members.proposed).isEmpty();
    assertThat(hold.bytes()).isZero();
    Command.Txn empty = new Command.Txn(List.of(), List.of(), List.of());
    assertThat(ofNobody.txn(empty, false, hold)).isCompleted();
    Command.Txn nested = new Command.Txn(List.of(), List.of(empty), List.of());
    assertThat(ofNobody.txn(nested, false, hold)).isCompleted();
  }

  @Test
  void whoMayNotReadLearnsNothingOfTheSizeOfARangeAndTakesNothing() {
    members.enableAuth();
    members.addUser("writer", Permission.WRITE, "big/", "big0");
    for (int i = 0; i < 60; i++) {
      kv.put(
              Command.Put.of(
                  Bytes.utf8(String.format("big/x%03d", i)), Bytes.wrap(new byte[VALUE_BYTES])))
          .join();
    }
    members.proposed.clear();
    KvService writers = kv.onBehalfOf(members.accessOf("writer"));
    Bytes key = Bytes.utf8("big/000");
    Command.DeleteRange delete = new Command.DeleteRange(LARGE, true);
    Command.Txn txn = new Command.Txn(List.of(), List.of(delete), List.of());
    assertThat(codeOf(kv.deleteRange(delete, open())))
        .as("there is no room for it")
        .isEqualTo(ErrorCode.ANSWER_TOO_LARGE);
    for (Supplier<CompletableFuture<?>> call :
        List.<Supplier<CompletableFuture<?>>>of(
            () -> writers.deleteRange(delete, hold),
            () -> writers.txn(txn, false, hold),
            () -> writers.put(new Command.Put(key, key, 0, true, false, false), hold))) {
      assertThat(codeOf(Futures.attempt(call::get))).isEqualTo(ErrorCode.PERMISSION_DENIED);
    }
    assertThat(members.proposed).isEmpty();
    assertThat(writers.put(Command.Put.of(key, key), hold)).isCompleted();
  }

  @Test
  void aRangeInPiecesGoesOnWithoutItsTokenAsLongAsItsUserMayRead() {
    members.enableAuth();
    members.addUser("reader", Permission.READ, "big/", "big0");
    RangeScan.Reader reader = kv.onBehalfOf(members.accessOf("reader")).pieces();
    RangeQuery piece = RangeQuery.of(LARGE).withLimit(2);
    assertThat(reader.read(piece, true, 120_000, hold).join().kvs()).isNotEmpty();
    ((SimpleTokens) members.authParts.tokens()).allTokensRevoked();
    members.administer(new AuthCommand.AddRole("unrelated"));
    assertThat(reader.read(piece, true, 120_000, hold).join().kvs()).isNotEmpty();
    members.administer(
        new AuthCommand.RevokePermission("reader", Bytes.utf8("big/"), Bytes.utf8("big0")));
    assertThat(codeOf(Futures.attempt(() -> reader.read(piece, true, 120_000, hold))))
        .isEqualTo(ErrorCode.PERMISSION_DENIED);
  }

  @Test
  void aMemberThatDoesNotKnowOfARightYetRefusesNobodyForThat() {
    members.enableAuth();
    members.addUser("new", Permission.WRITE, "big/", "big0");
    KvService news = kv.onBehalfOf(members.accessOf("new"));
    members.confirmation = new CompletableFuture<>();
    CompletableFuture<Result.DeleteRange> deletion =
        news.deleteRange(
            new Command.DeleteRange(KeyRange.single(Bytes.utf8("big/000")), true), hold);
    assertThat(deletion).isNotDone();
    members.administer(
        new AuthCommand.GrantPermission(
            "new", new Permission(Permission.READ, Bytes.utf8("big/000"), Bytes.EMPTY)));
    members.confirmation.complete(null);
    assertThat(deletion.join().prevKvs()).hasSize(1);
  }

  private Hold open() {
    return budget.newAccount().open();
  }
}
