package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of messages, one a line, into its messages, however its bytes arrive. Clients take
 * a chunk for a message, so each message must become one chunk, whatever its size. Inside JSON text
 * there is no line end. Confined to one thread.
 */
final class LineChunks {
  private final ByteBufAllocator allocator;
  private final Consumer<ByteBuf> sink;
  private @Nullable ByteBuf partial;

  /**
   * @param sink takes each message, with its line end, and releases it
   */
  LineChunks(ByteBufAllocator allocator, Consumer<ByteBuf> sink) {
    this.allocator = allocator;
    this.sink = sink;
  }

  /** Takes bytes, which it releases. */
  void add(ByteBuf bytes) {
    try {
      while (bytes.isReadable()) {
        int end = bytes.bytesBefore((byte) '\n') + 1;
        if (end == 0) {
          keep(bytes, bytes.readableBytes());
        } else if (partial == null) {
          sink.accept(bytes.readRetainedSlice(end));
        } else {
          keep(bytes, end);
          end();
        }
      }
    } finally {
      bytes.release();
    }
  }

  private void keep(ByteBuf bytes, int length) {
    ByteBuf kept = partial;
    if (kept == null) {
      kept = allocator.buffer(2 * length);
      partial = kept;
    }
    kept.writeBytes(bytes, length);
  }

  /** Passes on what has no line end. */
  void end() {
    ByteBuf rest = partial;
    partial = null;
    if (rest != null) {
      sink.accept(rest);
    }
  }

  /** How much of a message has arrived whose end has not. */
  int held() {
    return partial == null ? 0 : partial.readableBytes();
  }

  /** Drops it. */
  void close() {
    ByteBuf rest = partial;
    partial = null;
    if (rest != null) {
      rest.release();
    }
  }
}
