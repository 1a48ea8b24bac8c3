package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.kvorum.tls.TlsListeners;
import java.net.SocketAddress;
import java.util.List;

/**
 * Writes where clients are served, and how, in etcd's words. Immutable.
 *
 * <p>Held by: ClientPortStartTest.
 *
 * @param tls which of the addresses speak TLS
 */
record ServingLog(TlsListeners tls) {
  private static final Log LOG = Log.of(ClientPort.class);

  /**
   * Writes a line for each address, two for one that speaks TLS and does without.
   *
   * @param traffic what is served there: {@code grpc}, {@code http} or {@code grpc+http}
   */
  void write(List<SocketAddress> addresses, String traffic) {
    for (SocketAddress address : addresses) {
      boolean isSecured = tls.of(address) != null;
      if (!isSecured || tls.isShared(address)) {
        write("insecurely; this is strongly discouraged!", address, traffic);
      }
      if (isSecured) {
        write("securely", address, traffic);
      }
    }
  }

  private static void write(String how, SocketAddress address, String traffic) {
    LOG.info(
        "serving client traffic {} (traffic: {}, address: {})",
        how,
        traffic,
        ListenFailure.text(address));
  }
}
