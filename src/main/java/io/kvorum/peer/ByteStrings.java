package io.kvorum.peer;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Byte arrays of ours and protobuf's byte strings, without a copy where there is a way. */
final class ByteStrings {
  private ByteStrings() {}

  /** Shares the array, which nobody may change any more. */
  static ByteString wrap(byte[] array) {
    return UnsafeByteOperations.unsafeWrap(array);
  }

  /** The bytes as an array that nobody may change: the one behind them if it holds nothing else. */
  static byte[] unwrap(ByteString bytes) {
    WholeArray whole = new WholeArray(bytes.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(bytes, whole);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    return whole.array == null ? bytes.toByteArray() : whole.array;
  }

  /** Keeps the array that it is shown, if that is all there is. */
  private static final class WholeArray extends ByteOutput {
    private final int size;
    private byte @Nullable [] array;

    WholeArray(int size) {
      this.size = size;
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
      if (offset == 0 && length == size && value.length == size) {
        array = value;
      }
    }

    @Override
    public void write(byte value) {}

    @Override
    public void write(byte[] value, int offset, int length) {}

    @Override
    public void write(ByteBuffer value) {}

    @Override
    public void writeLazy(ByteBuffer value) {}
  }
}
