package io.kvorum.grpc;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Words the failure to listen on an address. Stateless.
 *
 * <p>Held by: ClientPortTest, ClientPortStartTest.
 */
final class ListenFailure {
  private ListenFailure() {}

  /** With the address, and the system's reason without the name of its call. */
  static IOException of(InetSocketAddress address, Throwable cause) {
    String reason =
        String.valueOf(cause.getMessage())
            .replaceFirst("^bind\\(\\.\\.\\) failed( with error\\(-\\d+\\))?: ", "");
    return new IOException("cannot listen on " + text(address) + ": " + reason, cause);
  }

  static IOException unknownHost(InetSocketAddress address) {
    return new IOException("cannot listen on " + text(address) + ": unknown host");
  }

  private static String text(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }
}
