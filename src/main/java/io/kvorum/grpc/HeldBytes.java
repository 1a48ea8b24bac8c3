package io.kvorum.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Counts the bytes that one event loop holds for HTTP/1.1 clients that are slow to send or to read,
 * and keeps their sum within a limit: beyond it, the longest holder has to let go. A client that
 * keeps pace holds for milliseconds, so it is the slow ones that go. Confined to its event loop.
 *
 * <p>One that is alone may hold any number.
 */
final class HeldBytes {
  private final long limit;
  private final Set<Holder> holders = new LinkedHashSet<>();
  private long sum;

  HeldBytes(long limit) {
    this.limit = limit;
  }

  /** What is held for one request or answer. */
  final class Holder {
    private final Runnable onEviction;
    private long held;

    private Holder(Runnable onEviction) {
      this.onEviction = onEviction;
    }

    /** Notes how much is held now; this or others may have to let go before it returns. */
    void set(long bytes) {
      sum += bytes - held;
      held = bytes;
      if (bytes == 0) {
        holders.remove(this);
      } else {
        holders.add(this);
        evict();
      }
    }
  }

  /**
   * @param onEviction lets go of what is held; when it returns, the holder must have been set to 0
   */
  Holder holder(Runnable onEviction) {
    return new Holder(onEviction);
  }

  /**
   * Counts what has been written until the client's connection has taken it, or is closed; it is
   * where that takes longest.
   *
   * @param written not done yet
   */
  void holdUntil(ChannelFuture written, long bytes) {
    new Unread(written.channel()).begin(written, bytes);
  }

  /** Something that waits in a connection. */
  private final class Unread {
    private final Channel client;
    private final Holder holder = holder(this::letGo);

    Unread(Channel client) {
      this.client = client;
    }

    void begin(ChannelFuture written, long bytes) {
      holder.set(bytes);
      written.addListener(done -> holder.set(0));
    }

    private void letGo() {
      holder.set(0);
      client.close();
    }
  }

  private void evict() {
    while (sum > limit && holders.size() > 1) {
      Iterator<Holder> first = holders.iterator();
      Holder longest = first.next();
      longest.onEviction.run();
      if (longest.held != 0) {
        throw new IllegalStateException("a holder does not let go");
      }
    }
  }

  /** How much is held. */
  long sum() {
    return sum;
  }
}
