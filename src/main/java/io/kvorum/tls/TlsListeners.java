package io.kvorum.tls;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says which listeners speak TLS, and with what. Immutable.
 *
 * <p>Where one does, each that is not known to be plain does: a doubt never opens a plain port.
 *
 * <p>Held by: TlsPortTest, PeerTlsTest.
 *
 * @param tls null if none of them does
 * @param plain the addresses of the others
 */
public record TlsListeners(@Nullable ServerTls tls, Set<SocketAddress> plain) {
  public TlsListeners {
    plain = Set.copyOf(plain);
  }

  /** No listener speaks TLS. */
  public static TlsListeners none() {
    return new TlsListeners(null, Set.of());
  }

  /** What secures the connections to that address; null if nothing. */
  public @Nullable ServerTls of(@Nullable SocketAddress listener) {
    return tls != null && (listener == null || !isPlain(listener)) ? tls : null;
  }

  /** The same for the listener that has accepted a connection. */
  public @Nullable ServerTls of(Channel accepted) {
    return tls == null ? null : of(accepted.parent().localAddress());
  }

  private boolean isPlain(SocketAddress bound) {
    return plain.stream().anyMatch(configured -> isSame(configured, bound));
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
