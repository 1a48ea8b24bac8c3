package io.kvorum.load;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** One stream of a {@link GrpcConnection}; called on its event loop. */
interface GrpcStream {

  /**
   * Bytes arrived; they may begin or end in the midst of a message. They must be read now.
   *
   * @return by how many bytes to widen the window of the stream again, 0 for not yet
   */
  int data(ByteBuf in, int length);

  /** The stream is over, with a reason if it failed. Called once. */
  void ended(@Nullable String failure);
}
