package io.kvorum.differential;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.WatchProgressRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What counts as a difference between made outcomes. */
final class KnownDifferencesTest {
  private static final Step RANGE = call(Rpc.RANGE, RangeRequest.getDefaultInstance());
  private static final Step PUT = call(Rpc.PUT, PutRequest.getDefaultInstance());
  private static final Step MANGLED =
      new Step.Mangled(Rpc.RANGE, RangeRequest.getDefaultInstance(), 1);

  private final KnownDifferences known = new KnownDifferences("3.7.1");

  private static Step call(Rpc rpc, Message request) {
    return new Step.Call(Step.Face.GRPC, Users.NOBODY, rpc, request);
  }

  private static JsonElement json(String text) {
    return JsonParser.parseString(text.replace('\'', '"'));
  }

  private static JsonElement error(int code, String message) {
    return json("{'answer':{'error':{'code':" + code + ",'message':'" + message + "'}}}");
  }

  private boolean areEqual(Step step, JsonElement ours, JsonElement theirs) {
    return known.without(step, new Pair(ours, theirs)).isEqual();
  }

  @Test
  void equalOutcomesNeedNoRule() {
    String outcome = "{'answer':{'ok':{'count':'1'}},'#1':{'watcher 0':[{'kv':{'key':'YQ=='}}]}}";
    assertThat(areEqual(RANGE, json(outcome), json(outcome))).isTrue();
    assertThat(known.uses().values()).containsOnly(0);
  }

  @Test
  void anotherAnswerEventOrErrorIsADifference() {
    JsonElement event = json("{'answer':{'ok':{}},'#1':{'watcher 0':[{'kv':{'key':'YQ=='}}]}}");
    assertThat(areEqual(PUT, json("{'answer':{'ok':{}}}"), event)).isFalse();
    assertThat(areEqual(PUT, event, json(event.toString().replace("YQ==", "Yg==")))).isFalse();
    assertThat(areEqual(RANGE, json("{'answer':{'ok':{'count':'1'}}}"), error(3, "x"))).isFalse();
    assertThat(areEqual(PUT, error(3, "x"), error(3, "y"))).isFalse();
    assertThat(areEqual(PUT, error(3, "x"), error(5, "x"))).isFalse();
  }

  @Test
  void anAlarmMayStandInTheWayOfAFaultOfTheCallerAndOfNoOther() {
    JsonElement alarm = error(15, "etcdserver: corrupt cluster");
    assertThat(areEqual(PUT, error(7, "etcdserver: permission denied"), alarm)).isTrue();
    assertThat(areEqual(PUT, error(3, "etcdserver: user name is empty"), alarm)).isTrue();
    assertThat(areEqual(PUT, error(3, "etcdserver: key is not provided"), alarm)).isFalse();
    assertThat(areEqual(PUT, json("{'answer':{'ok':{}}}"), alarm)).isFalse();
    assertThat(areEqual(RANGE, error(7, "etcdserver: permission denied"), alarm)).isFalse();
    assertThat(areEqual(PUT, alarm, error(7, "etcdserver: permission denied"))).isFalse();
    assertThat(known.uses()).containsEntry(Rule.ALARMS_BEFORE_CALLERS, 2);
  }

  @Test
  void aStreamWithAWatchThatACompactionEndedMayBeSilentAboutProgress() {
    Step asks =
        new Step.Watch(
            1,
            WatchRequest.newBuilder()
                .setProgressRequest(WatchProgressRequest.getDefaultInstance())
                .build());
    JsonElement answered = json("{'#1':{'progress':[{'watch_id':'-1'}]}}");
    JsonElement silent = json("{'#1':{'progress':['none']}}");
    assertThat(areEqual(asks, answered, silent)).isTrue();
    assertThat(known.uses()).containsEntry(Rule.WATCHES_THAT_COMPACTIONS_ENDED, 1);
    assertThat(areEqual(asks, silent, answered)).isFalse();
    JsonElement more = json("{'#1':{'progress':['none'],'watcher 0':['event']}}");
    assertThat(areEqual(asks, answered, more)).isFalse();
  }

  @Test
  void anExcusedMessageHidesNothingElse() {
    JsonElement ours =
        json(
            "{'answer':{'error':{'code':3,'message':'proto: (line 1:2):"
                + " x'},'http':400,'type':'j'}}");
    String theirs =
        "{'answer':{'error':{'code':3,'message':'unexpected EOF'},'http':400,'type':'j'}}";
    assertThat(areEqual(MANGLED, ours, json(theirs.replace("400", "500")))).isFalse();
    assertThat(areEqual(MANGLED, ours, json(theirs.replace("'j'", "'t'")))).isFalse();
    assertThat(areEqual(MANGLED, ours, json(theirs.replace("}}", "},'#1':['event']}")))).isFalse();
    assertThat(areEqual(MANGLED, ours, json(theirs.replace("}}", "},'unsettled':'#1'}"))))
        .isFalse();
    assertThat(known.uses().values()).containsOnly(0);

    assertThat(areEqual(MANGLED, ours, json(theirs))).isTrue();
    assertThat(known.uses()).containsEntry(Rule.ONE_OF_TWO_FAULTS, 1);
  }

  @Test
  void errorsAboutJsonAsATextAreTheSameOnBothSides() {
    assertThat(areEqual(MANGLED, error(3, "unexpected EOF"), error(3, "proto: x"))).isFalse();
    assertThat(areEqual(MANGLED, error(3, "proto: x"), error(3, "etcdserver: x"))).isFalse();
  }

  @Test
  void ofTwoFaultsOfATransactionEitherMayBeNamed() {
    JsonElement noOperation = error(3, "etcdserver: key not found");
    JsonElement noKey = error(3, "etcdserver: key is not provided");
    RequestOp nothing = RequestOp.getDefaultInstance();
    RequestOp put = RequestOp.newBuilder().setRequestPut(PutRequest.getDefaultInstance()).build();
    TxnRequest one = TxnRequest.newBuilder().addFailure(nothing).build();
    TxnRequest two =
        TxnRequest.newBuilder()
            .addSuccess(
                RequestOp.newBuilder().setRequestTxn(TxnRequest.newBuilder().addSuccess(put)))
            .addFailure(nothing)
            .build();
    assertThat(areEqual(call(Rpc.TXN, one), noOperation, noKey)).isFalse();
    assertThat(areEqual(call(Rpc.TXN, two), noOperation, noKey)).isTrue();
    assertThat(areEqual(call(Rpc.TXN, two), noOperation, error(3, "etcdserver: x"))).isFalse();
  }

  @Test
  void aPasswordThatIsTooLongMayBeNamedBeforeMissingRightsAlone() {
    Step add = call(Rpc.USER_ADD, AuthUserAddRequest.getDefaultInstance());
    JsonElement theirs = error(2, "bcrypt: password length exceeds 72 bytes");
    assertThat(areEqual(add, error(7, "etcdserver: permission denied"), theirs)).isTrue();
    assertThat(areEqual(add, error(3, "etcdserver: user name is empty"), theirs)).isTrue();
    assertThat(areEqual(add, error(9, "etcdserver: user name already exists"), theirs)).isFalse();
  }

  @Test
  void aQuotedNumberWithABracketMayBeTaken() {
    String message = "proto: (line 1:2): invalid value for int64 field limit: ";
    JsonElement taken = json("{'answer':{'ok':{'count':'1'}}}");
    assertThat(areEqual(MANGLED, error(3, message + "\\\"12]0\\\""), taken)).isTrue();
    assertThat(areEqual(MANGLED, error(3, message + "\\\"1,\\\""), taken)).isTrue();
    assertThat(areEqual(MANGLED, error(3, message + "\\\"12\\\""), taken)).isFalse();
    assertThat(areEqual(MANGLED, error(3, message + "\\\"1x,\\\""), taken)).isFalse();
    assertThat(areEqual(MANGLED, error(3, message + "\\\"x\\\""), taken)).isFalse();
    assertThat(areEqual(MANGLED, error(3, message + "true"), taken)).isFalse();
  }

  @Test
  void whatACompactionFoundIsSetAsideAtItsRevisionAlone() {
    assertThat(areEqual(hashKv(9), hash(1, "r9", "r9"), hash(2, "r5", "r9"))).isTrue();
    assertThat(areEqual(hashKv(3), hash(1, "r-8", "r3"), hash(2, "r-7", "r3"))).isTrue();
    assertThat(areEqual(hashKv(9), hash(1, "r8", "r9"), hash(2, "r5", "r9"))).isFalse();
    assertThat(areEqual(hashKv(9), hash(1, "r9", "r9"), hash(2, "r9", "r9"))).isFalse();
    assertThat(areEqual(hashKv(9), hash(1, "r9", "r9"), hash(2, "r5", "r8"))).isFalse();
    assertThat(areEqual(hashKv(0), hash(1, "r9", "r9"), hash(2, "r5", "r9"))).isFalse();
  }

  private static Step hashKv(long revision) {
    return call(Rpc.HASH_KV, HashKVRequest.newBuilder().setRevision(revision).build());
  }

  private static JsonElement hash(int hash, String compactRevision, String hashRevision) {
    return json(
        "{'answer':{'ok':{'hash':"
            + hash
            + ",'compact_revision':'"
            + compactRevision
            + "','hash_revision':'"
            + hashRevision
            + "'}}}");
  }

  @Test
  void errorsOfWritesOf34MayDifferInTheirMessageAlone() {
    KnownDifferences of34 = new KnownDifferences("3.4.23");
    Pair message = new Pair(error(3, "x"), error(3, "y"));
    Pair code = new Pair(error(3, "x"), error(5, "y"));
    assertThat(of34.without(PUT, message).isEqual()).isTrue();
    assertThat(of34.without(PUT, code).isEqual()).isFalse();
    assertThat(of34.without(RANGE, message).isEqual()).isFalse();
  }

  @Test
  void onlyCancellationsOfWaitingCallsAreAvoidedUnderAuth() {
    List<Step> done =
        List.of(
            new Step.OpenWatch(1, Step.Face.GRPC, Users.ROOT, List.of()),
            new Step.Begin(
                2, Step.Face.GRPC, Users.ROOT, Rpc.LOCK, LockRequest.getDefaultInstance()));
    assertThat(known.avoid(new Step.Cancel(1), new Moment(true, done))).isFalse();
    assertThat(known.avoid(new Step.Cancel(2), new Moment(false, done))).isFalse();
    assertThat(known.avoid(new Step.Cancel(2), new Moment(true, done))).isTrue();
    assertThat(known.uses()).containsEntry(Rule.WAITERS_THAT_GIVE_UP_UNDER_AUTH, 1);
  }

  @Test
  void aSingleDeletionWithoutEndIsComparedUnlessAPutKeepsSomethingBesideIt() {
    RequestOp open = delete("a", "\0");
    RequestOp put = put(PutRequest.newBuilder());
    assertThat(isAvoided(open, put)).isFalse();
    assertThat(isAvoided(delete("c", "a"), put)).isFalse();
    assertThat(isAvoided(delete("a", "b"), delete("c", ""), put)).isFalse();
    assertThat(isAvoided(open, delete("b", ""), put)).isTrue();
    assertThat(isAvoided(delete("c", "a"), delete("b", ""))).isTrue();
    assertThat(isAvoided(open, put(PutRequest.newBuilder().setIgnoreLease(true)))).isTrue();
    assertThat(isAvoided(open, put(PutRequest.newBuilder().setIgnoreValue(true)))).isTrue();
    assertThat(isAvoided(delete("a", "b"), put(PutRequest.newBuilder().setIgnoreValue(true))))
        .isFalse();
  }

  private boolean isAvoided(RequestOp... operations) {
    TxnRequest nested = TxnRequest.newBuilder().addAllFailure(List.of(operations)).build();
    TxnRequest txn =
        TxnRequest.newBuilder().addSuccess(RequestOp.newBuilder().setRequestTxn(nested)).build();
    return known.avoid(call(Rpc.TXN, txn), new Moment(false, List.of()));
  }

  private static RequestOp delete(String key, String end) {
    return RequestOp.newBuilder()
        .setRequestDeleteRange(
            DeleteRangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setRangeEnd(ByteString.copyFromUtf8(end)))
        .build();
  }

  private static RequestOp put(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put.setKey(ByteString.copyFromUtf8("a"))).build();
  }

  @Test
  void eventsOfWatchesAreCounted() {
    JsonElement outcome =
        json(
            "{'answer':{'ok':{}},'#1':{'watcher 0':[{'created':true},{'kv':{'key':'YQ=='}}],"
                + "'watcher 1':[{'type':'DELETE','kv':{}}],'end':['ended']},'#2':[{'kv':{}}]}");
    assertThat(Comparison.watchEvents(outcome)).isEqualTo(2);
  }
}
