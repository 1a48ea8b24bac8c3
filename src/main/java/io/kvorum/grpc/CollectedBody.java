package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Collects the body of one request. A client that sends one byte at a time makes it hold these
 * bytes, not the buffers in which they came. Confined to the event loop.
 *
 * <p>Held by: HttpRelayTest, HttpLimitsTest.
 */
final class CollectedBody {
  private final ByteBufAllocator allocator;
  private final HeldBytes.Holder holder;
  private final long declared;
  private @Nullable ByteBuf bytes;

  /**
   * @param holder counts what is held
   * @param declared the length of the whole body; 0 if it is not known
   */
  CollectedBody(ByteBufAllocator allocator, HeldBytes.Holder holder, long declared) {
    this.allocator = allocator;
    this.holder = holder;
    this.declared = declared;
  }

  int length() {
    return bytes == null ? 0 : bytes.readableBytes();
  }

  /** Takes more, which it releases. */
  void add(ByteBuf part) {
    ByteBuf kept = bytes;
    if (kept == null && part.readableBytes() == declared) {
      bytes = part; // all of it, at once
    } else {
      if (part.isReadable()) {
        if (kept == null) {
          kept = allocator.buffer(part.readableBytes());
          bytes = kept;
        }
        kept.writeBytes(part);
      }
      part.release();
    }
    holder.set(bytes == null ? 0 : bytes.capacity());
  }

  /** Gives away what there is. */
  ByteBuf take() {
    ByteBuf taken = bytes;
    bytes = null;
    holder.set(0);
    return taken == null ? Unpooled.EMPTY_BUFFER : taken;
  }

  /** Drops what there is. */
  void drop() {
    take().release();
  }
}
