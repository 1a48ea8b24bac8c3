package io.kvorum.service;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Registers the connections that the client port relays to the HTTP endpoint on loopback, by the
 * local port of the relay's connection. Thread-safe.
 *
 * <p>It is how the endpoint tells the relay from any other process on this machine: a connection is
 * registered before its first byte is sent, and until it closes. A connection from a port that is
 * not registered did not come through the client port, and must be refused.
 *
 * <p>Held by: HttpRelayTest.
 */
public final class RelayedConnections {
  private final Map<Integer, Client> clients = new ConcurrentHashMap<>();
  private final Map<Integer, Client> silent = new ConcurrentHashMap<>();

  /**
   * The client of a relayed connection.
   *
   * @param caller as its connection to the client port shows it, without a token
   * @param answer the way past the container for the request that is under way; null if there is
   *     none
   */
  public record Client(Caller caller, Supplier<@Nullable DirectAnswer> answer) {}

  /**
   * @param relayPort the local port of the relay's connection to the endpoint
   */
  public void register(int relayPort, Client client) {
    clients.put(relayPort, client);
  }

  /** Ends a registration; does nothing if the port has been registered for another client since. */
  public void remove(int relayPort, Client client) {
    clients.remove(relayPort, client);
    silent.remove(relayPort, client);
  }

  /**
   * Notes that the client has closed its side. It may still read the response that is on its way; a
   * watch ends then, as in etcd.
   */
  public void hasEndedRequests(int relayPort, Client client) {
    silent.put(relayPort, client);
    if (clients.get(relayPort) != client) {
      silent.remove(relayPort, client);
    }
  }

  /** True while the connection is registered and its client has not closed its side. */
  public boolean isOpenBothWays(int relayPort) {
    return clients.containsKey(relayPort) && !silent.containsKey(relayPort);
  }

  /**
   * The client behind a connection to the endpoint; null if it did not come through the relay.
   *
   * @param remotePort the remote port of the connection, as the endpoint sees it
   */
  public @Nullable Client clientOf(int remotePort) {
    return clients.get(remotePort);
  }

  /** How many connections are relayed. */
  public int size() {
    return clients.size();
  }
}
