package io.kvorum.rest;

import io.kvorum.service.RelayedConnections;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Decides by the port of a request whether it is served: the relay's port admits only requests of
 * the relay, so that it does not bypass the client port. Thread-safe.
 *
 * <p>Held by: RelayAccessIT, RelayedLibertyIT.
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
    if (!relay.guards(request.getLocalPort())) {
      Callers.note(request, null);
      return true;
    }
    RelayedConnections.Client client =
        connections.clientOf(request.getRemotePort(), request.getHeader(RelayedConnections.PROOF));
    if (client == null) {
      return false;
    }
    Callers.note(request, client);
    return true;
  }
}
