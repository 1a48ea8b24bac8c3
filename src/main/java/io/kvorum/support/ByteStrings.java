package io.kvorum.support;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.model.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Converts bytes to and from protobuf's byte strings, sharing arrays where that is safe. Stateless.
 *
 * <p>{@link Bytes} are copied in, since a small key must not keep the buffer of a whole request
 * alive; arrays that travel between members are not.
 *
 * <p>Held by: KvWireTest.
 */
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

  /** Shares the array, which must not be changed afterwards. */
  public static ByteString wrap(byte[] array) {
    return UnsafeByteOperations.unsafeWrap(array);
  }

  /**
   * The bytes as an array that must not be changed: the array behind them if they fill it, or else
   * a copy.
   */
  public static byte[] unwrap(ByteString bytes) {
    WholeArray whole = new WholeArray(bytes.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(bytes, whole);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    return whole.array == null ? bytes.toByteArray() : whole.array;
  }

  /** Keeps the array that it is shown, if the byte string consists of exactly that array. */
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
