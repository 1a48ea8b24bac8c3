package io.kvorum.rest;

import io.kvorum.model.KeyValue;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.MessageToJson;
import io.kvorum.service.Header;
import io.kvorum.service.RangeScan;
import io.kvorum.wire.KvWire;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Writes the answer to a range piece by piece: the pieces together are the JSON text that the whole
 * message would have. Confined to one caller at a time.
 *
 * <p>Held by: RangeJsonTest.
 */
final class RangeJson {
  private final LongFunction<Header> headerAt;
  private boolean hasKeys;

  /**
   * @param headerAt the header with the given revision
   */
  RangeJson(LongFunction<Header> headerAt) {
    this.headerAt = headerAt;
  }

  /** How long the text is, or a little less: a buffer that grows is twice as large as need be. */
  private static int lengthOf(List<KeyValue> kvs) {
    int length = 256;
    for (KeyValue kv : kvs) {
      length += 180 + 4 * ((kv.key().length() + 2) / 3) + 4 * ((kv.value().length() + 2) / 3);
    }
    return length;
  }

  /** The text of the next piece. */
  JsonBuffer write(RangeScan.Piece piece) {
    JsonBuffer out = new JsonBuffer(lengthOf(piece.range().kvs()));
    if (piece.isFirst()) {
      RangeResponse head = KvWire.head(headerAt.apply(piece.range().revision()));
      MessageToJson.write(head, out);
      out.dropLast();
    }
    for (KeyValue kv : piece.range().kvs()) {
      out.append(hasKeys ? "," : ",\"kvs\":[");
      hasKeys = true;
      MessageToJson.write(KvWire.keyValue(kv), out);
    }
    if (piece.isLast()) {
      if (hasKeys) {
        out.append(']');
      }
      byte[] tail = MessageToJson.write(KvWire.tail(piece.range()));
      boolean isEmpty = tail.length == 2;
      if (!isEmpty) {
        out.append(',').append(Arrays.copyOfRange(tail, 1, tail.length - 1));
      }
      out.append('}');
    }
    return out;
  }
}
