package io.kvorum.grpc;

import io.kvorum.support.Reason;
import io.kvorum.tls.SocketPath;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Words the failure to listen on an address. Stateless.
 *
 * <p>Held by: ClientPortTest, ClientPortStartTest.
 */
final class ListenFailure {
  private ListenFailure() {}

  /** With the address, and the system's reason without the name of its call. */
  static IOException of(SocketAddress address, Throwable cause) {
    String reason =
        Reason.of(cause).replaceFirst("^bind\\(\\.\\.\\) failed( with error\\(-\\d+\\))?: ", "");
    return new IOException("cannot listen on " + text(address) + ": " + reason, cause);
  }

  static IOException unknownHost(InetSocketAddress address) {
    return new IOException("cannot listen on " + text(address) + ": unknown host");
  }

  /** As it stands in a URL, behind the scheme. */
  static String text(SocketAddress address) {
    return address instanceof InetSocketAddress internet
        ? internet.getHostString() + ":" + internet.getPort()
        : SocketPath.of(address).orElseGet(address::toString);
  }
}
