package io.kvorum.wire;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.Compare.Operator;
import io.kvorum.model.Compare.Target;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.TxnOp;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.ResponseOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.service.Header;
import io.kvorum.support.ByteStrings;
import java.util.ArrayList;
import java.util.List;

/**
 * Translates the messages of transactions, nested ones included. Stateless.
 *
 * <p>Held by: KvWireTest.
 */
public final class TxnWire {
  private static final ResponseOps RESPONSE_OPS = new ResponseOps();

  private TxnWire() {}

  /**
   * The command of a transaction request.
   *
   * @throws RequestException KEY_NOT_FOUND for an operation that is not set, INVALID_SORT_OPTION
   */
  public static Command.Txn txn(TxnRequest request) {
    List<Compare> compares = new ArrayList<>(request.getCompareCount());
    for (io.kvorum.proto.etcdserverpb.Compare compare : request.getCompareList()) {
      compares.add(compare(compare));
    }
    return new Command.Txn(
        compares, operations(request.getSuccessList()), operations(request.getFailureList()));
  }

  /** True if every operation of both branches is a serializable range. */
  public static boolean isSerializable(TxnRequest request) {
    return areSerializable(request.getSuccessList()) && areSerializable(request.getFailureList());
  }

  public static TxnResponse response(Header header, Result.Txn result) {
    return txn(HeaderWire.header(header), result);
  }

  private static TxnResponse txn(ResponseHeader header, Result.Txn result) {
    TxnResponse.Builder response =
        TxnResponse.newBuilder().setHeader(header).setSucceeded(result.succeeded());
    for (Result.OfOp inner : result.responses()) {
      response.addResponses(inner.accept(RESPONSE_OPS));
    }
    return response.build();
  }

  /** Translates the result of each operation, with a header that names the revision alone. */
  private static final class ResponseOps implements Result.OfOp.Visitor<ResponseOp.Builder> {
    @Override
    public ResponseOp.Builder range(Result.Range range) {
      return ResponseOp.newBuilder()
          .setResponseRange(KvWire.range(HeaderWire.revisionOnly(range.revision()), range));
    }

    @Override
    public ResponseOp.Builder put(Result.Put put) {
      return ResponseOp.newBuilder()
          .setResponsePut(KvWire.put(HeaderWire.revisionOnly(put.revision()), put));
    }

    @Override
    public ResponseOp.Builder deleteRange(Result.DeleteRange deleteRange) {
      return ResponseOp.newBuilder()
          .setResponseDeleteRange(
              KvWire.deleteRange(HeaderWire.revisionOnly(deleteRange.revision()), deleteRange));
    }

    /** The header of a nested transaction is there, but empty. */
    @Override
    public ResponseOp.Builder txn(Result.Txn txn) {
      return ResponseOp.newBuilder()
          .setResponseTxn(TxnWire.txn(ResponseHeader.getDefaultInstance(), txn));
    }
  }

  private static List<TxnOp> operations(List<RequestOp> requests) {
    List<TxnOp> operations = new ArrayList<>(requests.size());
    for (RequestOp request : requests) {
      operations.add(operation(request));
    }
    return operations;
  }

  private static TxnOp operation(RequestOp request) {
    return switch (request.getRequestCase()) {
      case REQUEST_RANGE -> KvWire.query(request.getRequestRange());
      case REQUEST_PUT -> KvWire.put(request.getRequestPut());
      case REQUEST_DELETE_RANGE -> KvWire.deleteRange(request.getRequestDeleteRange());
      case REQUEST_TXN -> txn(request.getRequestTxn());
      case REQUEST_NOT_SET -> throw new RequestException(ErrorCode.KEY_NOT_FOUND);
    };
  }

  private static boolean areSerializable(List<RequestOp> requests) {
    for (RequestOp request : requests) {
      if (!request.getRequestRange().getSerializable()) {
        return false;
      }
    }
    return true;
  }

  /**
   * An operand that is missing, or meant for another target, is zero. A target that does not exist
   * compares as equal, an operator that does not exist always holds: etcd refuses neither.
   */
  private static Compare compare(io.kvorum.proto.etcdserverpb.Compare compare) {
    KeyRange range =
        KeyRange.ofWire(
            ByteStrings.bytes(compare.getKey()), ByteStrings.bytes(compare.getRangeEnd()));
    Operator operator =
        switch (compare.getResult()) {
          case EQUAL -> Operator.EQUAL;
          case GREATER -> Operator.GREATER;
          case LESS -> Operator.LESS;
          case NOT_EQUAL -> Operator.NOT_EQUAL;
          case UNRECOGNIZED -> null;
        };
    if (operator == null) {
      // The value of a key that does not exist satisfies no comparison, not even this one.
      boolean wantsKey =
          compare.getTarget() == io.kvorum.proto.etcdserverpb.Compare.CompareTarget.VALUE;
      return new Compare(range, Target.VERSION, Operator.GREATER, wantsKey ? 0 : -1, Bytes.EMPTY);
    }
    return switch (compare.getTarget()) {
      case VERSION -> number(range, Target.VERSION, operator, compare.getVersion());
      case CREATE -> number(range, Target.CREATE, operator, compare.getCreateRevision());
      case MOD -> number(range, Target.MOD, operator, compare.getModRevision());
      case LEASE -> number(range, Target.LEASE, operator, compare.getLease());
      case VALUE ->
          new Compare(range, Target.VALUE, operator, 0, ByteStrings.bytes(compare.getValue()));
      case UNRECOGNIZED ->
          number(range, Target.VERSION, Operator.GREATER, operator.holds(0) ? -1 : Long.MAX_VALUE);
    };
  }

  private static Compare number(KeyRange range, Target target, Operator operator, long number) {
    return new Compare(range, target, operator, number, Bytes.EMPTY);
  }
}
