package io.kvorum.rest;

import io.kvorum.service.DirectAnswer;
import io.kvorum.service.RelayedConnections;
import jakarta.inject.Inject;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Decides by the port of a request whether it is served: the relay's port admits only connections
 * of the relay, so that it does not bypass the client port. Thread-safe.
 *
 * <p>Held by: LauncherIT.
 */
@ApplicationSingleton
public final class PortGuard {
  private final RelayedConnections connections;
  private final RelayPort relay;

  @Inject
  public PortGuard(RelayedConnections connections, RelayPort relay) {
    this.connections = connections;
    this.relay = relay;
  }

  /**
   * Notes the caller of a request, for {@link Callers}.
   *
   * @return false for a request to the relay's port that did not come through the relay
   */
  boolean admits(HttpServletRequest request) {
    if (!isRelayed(request)) {
      Callers.note(request, null);
      return true;
    }
    RelayedConnections.Client client = connections.clientOf(request.getRemotePort());
    if (client == null) {
      return false;
    }
    Callers.note(request, client.caller());
    return true;
  }

  /** True if the request came to the relay's port. */
  boolean isRelayed(ServletRequest request) {
    return request.getLocalPort() == relay.number();
  }

  /** The way past the container for the answer to that request; null if it did not come so. */
  @Nullable DirectAnswer directAnswer(ServletRequest request) {
    RelayedConnections.Client client =
        isRelayed(request) ? connections.clientOf(request.getRemotePort()) : null;
    return client == null ? null : client.answer().get();
  }

  /**
   * True while the client of a relayed connection has closed neither the connection nor its side.
   *
   * @param remotePort the local port of the relay's end
   */
  boolean isConnected(int remotePort) {
    return connections.isOpenBothWays(remotePort);
  }
}
