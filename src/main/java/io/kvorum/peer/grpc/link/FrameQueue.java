package io.kvorum.peer.grpc.link;

import io.kvorum.proto.peer.Frame;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Queues frames for one link, bounded by their encoded bytes; a frame that is alone may be larger,
 * up to the transport's limit. Any thread offers, one thread polls.
 */
final class FrameQueue {
  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();
  private final Queue<Frame> frames = new MpscUnboundedArrayQueue<>(256);

  FrameQueue(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Returns false if the frame does not fit. */
  boolean offer(Frame frame) {
    long size = frame.getSerializedSize();
    if (size > PeerSockets.MAX_MESSAGE_BYTES) {
      return false;
    }
    long waiting = bytes.addAndGet(size);
    if (waiting > maxBytes && waiting > size) {
      bytes.addAndGet(-size);
      return false;
    }
    return frames.add(frame);
  }

  @Nullable Frame poll() {
    Frame frame = frames.poll();
    if (frame != null) {
      bytes.addAndGet(-frame.getSerializedSize());
    }
    return frame;
  }
}
