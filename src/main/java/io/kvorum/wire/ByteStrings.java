package io.kvorum.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.model.Bytes;

/** Bytes of the model and of protobuf: one copy on the way in, none on the way out. */
final class ByteStrings {
  private ByteStrings() {}

  static Bytes bytes(ByteString string) {
    return string.isEmpty() ? Bytes.EMPTY : Bytes.wrap(string.toByteArray());
  }

  /** Shares the array, which both sides treat as immutable. */
  static ByteString string(Bytes bytes) {
    return bytes.isEmpty()
        ? ByteString.EMPTY
        : UnsafeByteOperations.unsafeWrap(bytes.unsafeArray());
  }
}
