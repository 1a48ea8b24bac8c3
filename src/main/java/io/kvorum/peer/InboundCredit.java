package io.kvorum.peer;

import io.kvorum.consensus.PeerTransport;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what has been read of one member's messages and waits to be taken: reading stops beyond
 * the bound, and goes on when half of it is free. It belongs to the member, not to a stream, or a
 * member that connects anew would get another credit.
 *
 * <p>One event loop reads, another thread takes. Nobody is missed: who reads says that it is held
 * and then looks at what waits; who takes lowers what waits and then looks who is held.
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
   * Goes on reading: now, or, by whichever thread takes, when there is room. Who was held before is
   * forgotten.
   *
   * @return false if it is held
   */
  boolean goOn(Runnable reading) {
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
