package io.kvorum.rest;

import io.kvorum.service.RelayedConnections;
import jakarta.inject.Inject;
import jakarta.servlet.ServletRequest;
import java.util.Set;

/**
 * Decides by the port of a request whether it is served. Thread-safe.
 *
 * <p>The relay's port admits only connections of the relay, so that it does not bypass the client
 * port. The ports for metrics serve only the pages for operators.
 *
 * <p>Held by: LauncherIT.
 */
@ApplicationSingleton
public final class PortGuard {
  private static final Set<String> OPERATORS_PAGES =
      Set.of("/metrics", "/health", "/livez", "/readyz", "/version");

  private final RelayedConnections connections;
  private final HttpPorts ports;

  @Inject
  public PortGuard(RelayedConnections connections, HttpPorts ports) {
    this.connections = connections;
    this.ports = ports;
  }

  /** False for a request to the relay's port that did not come through the relay. */
  boolean admits(ServletRequest request) {
    return !isRelayed(request) || connections.clientOf(request.getRemotePort()) != null;
  }

  /** False if the path is not for operators, and the port is for them alone. */
  boolean serves(ServletRequest request, String path) {
    if (!ports.metrics().contains(request.getLocalPort())) {
      return true;
    }
    int second = path.indexOf('/', 1);
    return OPERATORS_PAGES.contains(second < 0 ? path : path.substring(0, second));
  }

  /** True if the request came to the relay's port. */
  boolean isRelayed(ServletRequest request) {
    return request.getLocalPort() == ports.relay();
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
