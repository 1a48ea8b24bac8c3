package io.kvorum.tls;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says which listeners speak TLS, and with what. Immutable.
 *
 * <p>Where one does, each that is not known to be plain does: a doubt never opens a plain port. One
 * that its operator names both plain and secured leaves the choice to each client.
 *
 * <p>Held by: TlsPortTest, PeerTlsTest.
 *
 * @param tls null if none of them does
 * @param plain the addresses of those that do not
 * @param shared the addresses of those where TLS is optional: each client decides
 */
public record TlsListeners(
    @Nullable ServerTls tls, Set<SocketAddress> plain, Set<SocketAddress> shared) {
  public TlsListeners {
    plain = Set.copyOf(plain);
    shared = Set.copyOf(shared);
  }

  /** Each speaks TLS or does not. */
  public TlsListeners(@Nullable ServerTls tls, Set<SocketAddress> plain) {
    this(tls, plain, Set.of());
  }

  /** No listener speaks TLS. */
  public static TlsListeners none() {
    return new TlsListeners(null, Set.of(), Set.of());
  }

  /** What secures the connections to that address; null if nothing. */
  public @Nullable ServerTls of(@Nullable SocketAddress listener) {
    return tls != null && (listener == null || !isAmong(plain, listener)) ? tls : null;
  }

  /** The same for the listener that has accepted a connection. */
  public @Nullable ServerTls of(Channel accepted) {
    return tls == null ? null : of(accepted.parent().localAddress());
  }

  /** Whether clients of that address may speak TLS, and need not. */
  public boolean isShared(@Nullable SocketAddress listener) {
    return tls != null && listener != null && isAmong(shared, listener);
  }

  /** The same for the listener that has accepted a connection. */
  public boolean isShared(Channel accepted) {
    return tls != null && isShared(accepted.parent().localAddress());
  }

  private static boolean isAmong(Set<SocketAddress> addresses, SocketAddress bound) {
    return addresses.stream().anyMatch(configured -> isSame(configured, bound));
  }

  private static boolean isSame(SocketAddress configured, SocketAddress bound) {
    return configured instanceof InetSocketAddress one && bound instanceof InetSocketAddress other
        ? isSameAddress(one, other)
        : SocketPath.of(configured).equals(SocketPath.of(bound));
  }

  /** The address of all may be bound as that of IPv6. */
  private static boolean isSameAddress(InetSocketAddress configured, InetSocketAddress bound) {
    boolean isHost =
        bound.getAddress().isAnyLocalAddress()
            ? configured.getAddress().isAnyLocalAddress()
            : configured.getAddress().equals(bound.getAddress());
    return isHost && (configured.getPort() == 0 || configured.getPort() == bound.getPort());
  }
}
