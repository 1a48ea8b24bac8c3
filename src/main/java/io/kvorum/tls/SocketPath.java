package io.kvorum.tls;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;

/**
 * Reads the path of a Unix domain socket from its address, which is of either of two kinds: the
 * JDK's where it was configured, Netty's where it is bound. Stateless.
 *
 * <p>Held by: SocketPortTest.
 */
public final class SocketPath {
  private SocketPath() {}

  /** Empty if the address is not that of a Unix domain socket. */
  public static Optional<String> of(SocketAddress address) {
    if (address instanceof UnixDomainSocketAddress configured) {
      return Optional.of(configured.getPath().toString());
    }
    return address instanceof DomainSocketAddress bound
        ? Optional.of(bound.path())
        : Optional.empty();
  }
}
