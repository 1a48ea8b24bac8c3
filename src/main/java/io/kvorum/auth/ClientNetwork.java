package io.kvorum.auth;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes those who may flood a member from all others, by where they are: an address of
 * IPv4, a network of IPv6. Stateless.
 *
 * <p>Held by: ClientNetworkTest.
 */
final class ClientNetwork {
  /** Of an address of IPv6: what its owner cannot choose. */
  private static final int PREFIX_BYTES = 8;

  private ClientNetwork() {}

  /** The same object, by {@code equals}, for all addresses of one client; others as they are. */
  static Object of(Object address) {
    if (!(address instanceof InetSocketAddress inet)) {
      return address;
    }
    String host = inet.getHostString();
    InetAddress number = inet.isUnresolved() ? parsed(host) : inet.getAddress();
    return number instanceof Inet6Address
        ? HexFormat.of().formatHex(number.getAddress(), 0, PREFIX_BYTES) + "/64"
        : host;
  }

  /** What has a colon is a number, which needs no resolving; null if it is none of this machine. */
  private static @Nullable InetAddress parsed(String host) {
    try {
      return host.contains(":") ? InetAddress.getByName(host) : null;
    } catch (UnknownHostException ofNoNetworkHere) {
      return null;
    }
  }
}
