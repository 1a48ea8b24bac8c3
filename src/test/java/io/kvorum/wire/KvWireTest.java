package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.Compare.CompareResult;
import io.kvorum.proto.etcdserverpb.Compare.CompareTarget;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.ResponseOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.service.Header;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvWireTest {
  private static final Header HEADER = new Header(7, 8, 9, 10);
  private static final ResponseHeader FULL =
      ResponseHeader.newBuilder()
          .setClusterId(7)
          .setMemberId(8)
          .setRevision(9)
          .setRaftTerm(10)
          .build();
  private static final Bytes K = Bytes.utf8("k");
  private static final KeyValue KV = new KeyValue(K, Bytes.utf8("v"), 3, 5, 2, 77);
  private static final io.kvorum.proto.mvccpb.KeyValue WIRE_KV =
      io.kvorum.proto.mvccpb.KeyValue.newBuilder()
          .setKey(utf8("k"))
          .setValue(utf8("v"))
          .setCreateRevision(3)
          .setModRevision(5)
          .setVersion(2)
          .setLease(77)
          .build();

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Test
  void aRangeRequestKeepsAllItAsksFor() {
    RangeRequest request =
        RangeRequest.newBuilder()
            .setKey(utf8("k"))
            .setRangeEnd(utf8("z"))
            .setLimit(4)
            .setRevision(6)
            .setSortOrder(RangeRequest.SortOrder.DESCEND)
            .setSortTarget(RangeRequest.SortTarget.MOD)
            .setKeysOnly(true)
            .setMinModRevision(1)
            .setMaxModRevision(2)
            .setMinCreateRevision(3)
            .setMaxCreateRevision(4)
            .build();
    assertThat(KvWire.query(request))
        .isEqualTo(
            new RangeQuery(
                new KeyRange(K, Bytes.utf8("z")),
                6,
                4,
                RangeQuery.SortTarget.MOD,
                RangeQuery.SortOrder.DESCEND,
                new RangeQuery.RevisionBounds(1, 2, 3, 4),
                RangeQuery.Projection.KEYS_ONLY));
    assertThat(KvWire.query(request.toBuilder().setCountOnly(true).build()).projection())
        .isEqualTo(RangeQuery.Projection.COUNT_ONLY);
  }

  @Test
  void rangeEndsAreReadAsEtcdReadsThem() {
    RangeRequest single = RangeRequest.newBuilder().setKey(utf8("k")).build();
    assertThat(KvWire.query(single)).isEqualTo(RangeQuery.of(KeyRange.single(K)));
    RangeRequest fromKey = single.toBuilder().setRangeEnd(utf8("\0")).build();
    assertThat(KvWire.query(fromKey).range()).isEqualTo(new KeyRange(K, Bytes.EMPTY));
    RangeRequest backwards = single.toBuilder().setRangeEnd(utf8("a")).build();
    assertThat(KvWire.query(backwards).range().isEmpty()).isTrue();
  }

  @Test
  void sortNumbersThatDoNotExistAreRefusedUnlessTheKeyIsMissingToo() {
    RangeRequest badOrder =
        RangeRequest.newBuilder().setKey(utf8("k")).setSortOrderValue(9).build();
    RangeRequest badTarget =
        RangeRequest.newBuilder().setKey(utf8("k")).setSortTargetValue(-1).build();
    assertRefused(() -> KvWire.query(badOrder), ErrorCode.INVALID_SORT_OPTION);
    assertRefused(() -> KvWire.query(badTarget), ErrorCode.INVALID_SORT_OPTION);
    assertRefused(() -> KvWire.query(badOrder.toBuilder().clearKey().build()), ErrorCode.EMPTY_KEY);
    assertRefused(
        () ->
            TxnWire.txn(
                TxnRequest.newBuilder()
                    .addFailure(RequestOp.newBuilder().setRequestRange(badOrder))
                    .build()),
        ErrorCode.INVALID_SORT_OPTION);
  }

  @Test
  void putsAndDeletesKeepAllTheyAskFor() {
    assertThat(
            KvWire.put(
                PutRequest.newBuilder()
                    .setKey(utf8("k"))
                    .setValue(utf8("v"))
                    .setLease(5)
                    .setPrevKv(true)
                    .setIgnoreLease(true)
                    .build()))
        .isEqualTo(new Command.Put(K, Bytes.utf8("v"), 5, true, false, true));
    assertThat(KvWire.put(PutRequest.newBuilder().setIgnoreValue(true).build()))
        .isEqualTo(new Command.Put(Bytes.EMPTY, Bytes.EMPTY, 0, false, true, false));
    assertThat(
            KvWire.deleteRange(
                DeleteRangeRequest.newBuilder().setKey(utf8("k")).setPrevKv(true).build()))
        .isEqualTo(new Command.DeleteRange(KeyRange.single(K), true));
  }

  @Test
  void aRangeResponseCarriesHeaderKeysCountAndMore() {
    RangeResponse response = KvWire.response(HEADER, new Result.Range(9, List.of(KV), true, 12));
    assertThat(response)
        .isEqualTo(
            RangeResponse.newBuilder()
                .setHeader(FULL)
                .addKvs(WIRE_KV)
                .setMore(true)
                .setCount(12)
                .build());
    RangeResponse chunk = KvWire.chunk(new Result.Range(9, List.of(KV), true, 12));
    assertThat(chunk).isEqualTo(RangeResponse.newBuilder().addKvs(WIRE_KV).build());
    assertThat(chunk.hasHeader()).isFalse();
  }

  @Test
  void aPreviousVersionIsAbsentWhereThereIsNone() {
    assertThat(KvWire.response(HEADER, new Result.Put(9, null)).hasPrevKv()).isFalse();
    assertThat(KvWire.response(HEADER, new Result.Put(9, KV)).getPrevKv()).isEqualTo(WIRE_KV);
    assertThat(KvWire.response(HEADER, new Result.DeleteRange(9, 1, List.of(KV))).getPrevKvsList())
        .containsExactly(WIRE_KV);
  }

  @Test
  void insideATransactionHeadersNameTheRevisionAloneAndNestedOnesNotEvenThat() {
    Result.Txn nested = new Result.Txn(5, false, List.of(new Result.Range(5, List.of(), false, 0)));
    TxnResponse response =
        TxnWire.response(
            HEADER,
            new Result.Txn(
                5,
                true,
                List.of(new Result.Put(5, null), new Result.DeleteRange(5, 2, List.of()), nested)));
    ResponseHeader revisionOnly = ResponseHeader.newBuilder().setRevision(5).build();
    assertThat(response.getHeader()).isEqualTo(FULL);
    assertThat(response.getSucceeded()).isTrue();
    List<ResponseOp> ops = response.getResponsesList();
    assertThat(ops.get(0).getResponsePut().getHeader()).isEqualTo(revisionOnly);
    assertThat(ops.get(1).getResponseDeleteRange().getHeader()).isEqualTo(revisionOnly);
    assertThat(ops.get(1).getResponseDeleteRange().getDeleted()).isEqualTo(2);
    TxnResponse inner = ops.get(2).getResponseTxn();
    assertThat(inner.hasHeader()).isTrue();
    assertThat(inner.getHeader()).isEqualTo(ResponseHeader.getDefaultInstance());
    assertThat(inner.getResponses(0).getResponseRange().getHeader()).isEqualTo(revisionOnly);
  }

  @Test
  void anOperationThatIsNoneIsAKeyThatIsNotFound() {
    assertRefused(
        () ->
            TxnWire.txn(TxnRequest.newBuilder().addSuccess(RequestOp.getDefaultInstance()).build()),
        ErrorCode.KEY_NOT_FOUND);
  }

  @Test
  void anOperandThatIsMissingOrMeantForAnotherTargetIsZero() {
    assertThat(compare(CompareTarget.MOD, CompareResult.EQUAL).number()).isZero();
    io.kvorum.proto.etcdserverpb.Compare crossed =
        io.kvorum.proto.etcdserverpb.Compare.newBuilder()
            .setKey(utf8("k"))
            .setTarget(CompareTarget.VERSION)
            .setModRevision(5)
            .build();
    assertThat(compare(crossed))
        .isEqualTo(
            new Compare(
                KeyRange.single(K),
                Compare.Target.VERSION,
                Compare.Operator.EQUAL,
                0,
                Bytes.EMPTY));
    assertThat(compare(CompareTarget.VALUE, CompareResult.LESS).value()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void everyTargetAndOperatorKeepsItsNameAndItsOwnOperand() {
    io.kvorum.proto.etcdserverpb.Compare.Builder request =
        io.kvorum.proto.etcdserverpb.Compare.newBuilder().setKey(utf8("k"));
    assertThat(compare(request.setTarget(CompareTarget.VERSION).setVersion(1).build()).number())
        .isEqualTo(1);
    assertThat(
            compare(request.setTarget(CompareTarget.CREATE).setCreateRevision(2).build()).number())
        .isEqualTo(2);
    assertThat(compare(request.setTarget(CompareTarget.MOD).setModRevision(3).build()).number())
        .isEqualTo(3);
    assertThat(compare(request.setTarget(CompareTarget.LEASE).setLease(4).build()).number())
        .isEqualTo(4);
    assertThat(compare(request.setTarget(CompareTarget.VALUE).setValue(utf8("x")).build()).value())
        .isEqualTo(Bytes.utf8("x"));
    for (Compare.Target target : Compare.Target.values()) {
      for (Compare.Operator operator : Compare.Operator.values()) {
        Compare compare =
            compare(CompareTarget.valueOf(target.name()), CompareResult.valueOf(operator.name()));
        assertThat(compare.target()).isEqualTo(target);
        assertThat(compare.operator()).isEqualTo(operator);
      }
    }
  }

  @Test
  void anOperatorThatDoesNotExistAlwaysHoldsAndATargetThatDoesNotComparesAsEqual() {
    io.kvorum.proto.etcdserverpb.Compare.Builder request =
        io.kvorum.proto.etcdserverpb.Compare.newBuilder().setKey(utf8("k"));
    assertThat(holds(compare(request.setResultValue(9).build()), 0)).isTrue();
    assertThat(holds(compare(request.setResultValue(9).build()), 4)).isTrue();
    // The value of a missing key satisfies nothing, that of any other everything.
    Compare ofValue = compare(request.setTarget(CompareTarget.VALUE).setResultValue(9).build());
    assertThat(holds(ofValue, 0)).isFalse();
    assertThat(holds(ofValue, 1)).isTrue();
    for (Compare.Operator operator : Compare.Operator.values()) {
      Compare unknownTarget =
          compare(
              request.setTargetValue(9).setResult(CompareResult.valueOf(operator.name())).build());
      assertThat(holds(unknownTarget, 0)).isEqualTo(operator.holds(0));
      assertThat(holds(unknownTarget, 3)).isEqualTo(operator.holds(0));
    }
  }

  /** Evaluates a comparison of a version, which all the stand-ins are. */
  private static boolean holds(Compare compare, long version) {
    assertThat(compare.target()).isEqualTo(Compare.Target.VERSION);
    return compare.operator().holds(Long.compare(version, compare.number()));
  }

  @Test
  void aTransactionIsSerializableIfEveryRangeInItIs() {
    RequestOp serializable =
        RequestOp.newBuilder()
            .setRequestRange(RangeRequest.newBuilder().setSerializable(true))
            .build();
    RequestOp linearizable =
        RequestOp.newBuilder().setRequestRange(RangeRequest.getDefaultInstance()).build();
    RequestOp put = RequestOp.newBuilder().setRequestPut(PutRequest.getDefaultInstance()).build();
    assertThat(TxnWire.isSerializable(TxnRequest.getDefaultInstance())).isTrue();
    assertThat(TxnWire.isSerializable(TxnRequest.newBuilder().addSuccess(serializable).build()))
        .isTrue();
    assertThat(
            TxnWire.isSerializable(
                TxnRequest.newBuilder().addSuccess(serializable).addFailure(linearizable).build()))
        .isFalse();
    assertThat(TxnWire.isSerializable(TxnRequest.newBuilder().addSuccess(put).build())).isFalse();
  }

  private static Compare compare(CompareTarget target, CompareResult result) {
    return compare(
        io.kvorum.proto.etcdserverpb.Compare.newBuilder()
            .setKey(utf8("k"))
            .setTarget(target)
            .setResult(result)
            .build());
  }

  private static Compare compare(io.kvorum.proto.etcdserverpb.Compare compare) {
    return TxnWire.txn(TxnRequest.newBuilder().addCompare(compare).build()).compares().get(0);
  }

  private static void assertRefused(Runnable request, ErrorCode code) {
    assertThatThrownBy(request::run)
        .isInstanceOfSatisfying(
            RequestException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }
}
