package io.kvorum.load;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Encodes requests as protobuf messages. The frequent ones are written by hand: on a shared machine
 * what the client spends is missing at the server. Immutable.
 */
final class ProtoRequests implements RequestEncoder {

  /** Header of a put's answer with ids and revision: two fixed-size ids make up most of it. */
  private static final int LEAST_PUT_ANSWER = 8;

  private final Keys keys;

  ProtoRequests(Keys keys) {
    this.keys = keys;
  }

  @Override
  public Request put(int number, byte[] value) {
    int size =
        1 + varint(keys.keySize()) + keys.keySize() + 1 + varint(value.length) + value.length;
    byte[] body = new byte[size];
    CodedOutputStream out = CodedOutputStream.newInstance(body);
    try {
      out.writeTag(PutRequest.KEY_FIELD_NUMBER, 2);
      out.writeUInt32NoTag(keys.keySize());
      int at = out.getTotalBytesWritten();
      keys.writeKey(number, body, at);
      out = CodedOutputStream.newInstance(body, at + keys.keySize(), size - at - keys.keySize());
      out.writeByteArray(PutRequest.VALUE_FIELD_NUMBER, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Request(Operation.PUT, body, LEAST_PUT_ANSWER);
  }

  @Override
  public Request get(int number, boolean serializable) {
    int head = 1 + varint(keys.keySize());
    byte[] body = new byte[head + keys.keySize() + (serializable ? 2 : 0)];
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(body);
      out.writeTag(RangeRequest.KEY_FIELD_NUMBER, 2);
      out.writeUInt32NoTag(keys.keySize());
      keys.writeKey(number, body, head);
      if (serializable) {
        CodedOutputStream tail = CodedOutputStream.newInstance(body, body.length - 2, 2);
        tail.writeBool(RangeRequest.SERIALIZABLE_FIELD_NUMBER, true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Request(Operation.RANGE, body, keys.keySize() + keys.valueSize());
  }

  @Override
  public Request range(int from, int length) {
    byte[] body =
        RangeRequest.newBuilder()
            .setKey(bytes(keys.key(from)))
            .setRangeEnd(bytes(keys.key(from + length)))
            .build()
            .toByteArray();
    return new Request(Operation.RANGE, body, length * (keys.keySize() + keys.valueSize()));
  }

  @Override
  public Request txn(int number, byte[] value) {
    ByteString key = bytes(keys.key(number));
    TxnRequest txn =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(key)
                    .setTarget(Compare.CompareTarget.VERSION)
                    .setResult(Compare.CompareResult.GREATER)
                    .setVersion(0))
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(bytes(value))))
            .addFailure(
                RequestOp.newBuilder()
                    .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(bytes(value))))
            .build();
    return new Request(Operation.TXN, txn.toByteArray(), LEAST_PUT_ANSWER);
  }

  private static int varint(int value) {
    return CodedOutputStream.computeUInt32SizeNoTag(value);
  }

  private static ByteString bytes(byte[] value) {
    return UnsafeByteOperations.unsafeWrap(value);
  }
}
