package io.kvorum.support;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.model.Bytes;

/** Converts between {@link Bytes} and protobuf: one copy in, none out. Stateless. */
public final class ByteStrings {
  private ByteStrings() {}

  /** A copy of the bytes. */
  public static Bytes bytes(ByteString string) {
    return string.isEmpty() ? Bytes.EMPTY : Bytes.wrap(string.toByteArray());
  }

  /** Shares the array, which both sides treat as immutable. */
  public static ByteString string(Bytes bytes) {
    return bytes.isEmpty()
        ? ByteString.EMPTY
        : UnsafeByteOperations.unsafeWrap(bytes.unsafeArray());
  }
}
