package io.kvorum.rest;

import io.kvorum.service.RelayedConnections;
import jakarta.inject.Inject;
import jakarta.servlet.ServletRequest;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The relay of the client port, as the REST face sees it: requests that came through it arrive at
 * one loopback port, which must be no way around the client port. Thread-safe.
 */
@ApplicationSingleton
public final class RelayGuard {
  private final RelayedConnections connections;
  private final int port;

  /**
   * @param port the loopback port of the relay; 0 where there is none, in a plain Liberty
   */
  @Inject
  public RelayGuard(
      RelayedConnections connections,
      @ConfigProperty(name = "kvorum.relay.port", defaultValue = "0") int port) {
    this.connections = connections;
    this.port = port;
  }

  /** True if the request came by the relay, or to a port that is open to all. */
  boolean admits(ServletRequest request) {
    return !isRelayed(request) || connections.clientOf(request.getRemotePort()) != null;
  }

  /** True if the request came to the relay's port. */
  boolean isRelayed(ServletRequest request) {
    return request.getLocalPort() == port;
  }

  /**
   * True while the client of that connection has not closed it, not even its own side.
   *
   * @param remotePort the local port of the relay's end
   */
  boolean isConnected(int remotePort) {
    return connections.isOpenBothWays(remotePort);
  }
}
