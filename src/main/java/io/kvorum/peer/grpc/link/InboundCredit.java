package io.kvorum.peer.grpc.link;

import io.kvorum.consensus.PeerTransport;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the bytes of one member's messages that have been read but not yet taken: reading stops
 * beyond the bound, and resumes when half of it is free. The credit belongs to the member rather
 * than to a stream, or a member that reconnects would get another one.
 *
 * <p>One event loop reads, another thread takes. No wake-up is lost: the reader writes {@code
 * held}, then reads {@code waiting}; the taker lowers {@code waiting}, then reads {@code held}.
 */
final class InboundCredit implements PeerTransport.Credit {
  private final long maxBytes;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicReference<@Nullable Runnable> held = new AtomicReference<>();

  InboundCredit(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  boolean isUnused() {
    return waiting.get() == 0;
  }

  void read(int bytes) {
    waiting.addAndGet(bytes);
  }

  /**
   * Resumes reading: at once, or when there is room, on the thread that takes. Replaces an earlier
   * callback that is still held.
   *
   * @return false if reading is held
   */
  boolean resume(Runnable reading) {
    if (waiting.get() <= maxBytes) {
      reading.run();
      return true;
    }
    held.set(reading);
    if (hasRoom(waiting.get())) {
      release();
    }
    return false;
  }

  @Override
  public void taken(int bytes) {
    if (hasRoom(waiting.addAndGet(-bytes)) && held.get() != null) {
      release();
    }
  }

  private boolean hasRoom(long bytes) {
    return bytes <= maxBytes / 2;
  }

  private void release() {
    Runnable reading = held.getAndSet(null);
    if (reading != null) {
      reading.run();
    }
  }
}
