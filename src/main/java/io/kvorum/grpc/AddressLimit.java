package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the connections of one address, all ports of the member together. Thread-safe.
 *
 * <p>An address may be that of a proxy with many clients behind it, so there is no limit unless one
 * is set.
 *
 * <p>Held by: PresenceTest.
 */
final class AddressLimit {
  private static final Log LOG = Log.of(AddressLimit.class);
  private static final long LINE_NANOS = Duration.ofMinutes(1).toNanos();

  private final int most;
  private final Map<InetAddress, Integer> connections = new ConcurrentHashMap<>();
  private final AtomicLong nextLineNanos = new AtomicLong(System.nanoTime());

  /**
   * @param most 0 for no limit
   */
  AddressLimit(int most) {
    this.most = most;
  }

  /** Counts a connection until its channel closes; false if its address has too many. */
  boolean accept(Channel channel) {
    if (most == 0 || !(channel.remoteAddress() instanceof InetSocketAddress remote)) {
      return true;
    }
    InetAddress address = remote.getAddress();
    if (connections.merge(address, 1, Integer::sum) > most) {
      leave(address);
      refused(address);
      return false;
    }
    channel.closeFuture().addListener(closed -> leave(address));
    return true;
  }

  private void leave(InetAddress address) {
    connections.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
  }

  /** At most once a minute: such a client tries often. */
  private void refused(InetAddress address) {
    long due = nextLineNanos.get();
    long now = System.nanoTime();
    if (now - due >= 0 && nextLineNanos.compareAndSet(due, now + LINE_NANOS)) {
      LOG.warning(
          "refusing connections of {}, which has {} already (--max-connections-per-address)",
          address.getHostAddress(),
          most);
    }
  }
}
