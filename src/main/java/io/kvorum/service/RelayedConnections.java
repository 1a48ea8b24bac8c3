package io.kvorum.service;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Registers the connections that the client port relays to the HTTP endpoint on loopback.
 * Thread-safe.
 *
 * <p>It is how the endpoint tells the relay from any other process on this machine, and one client
 * from another. A connection is registered under its local port before its first byte is sent, and
 * until it closes; and each of its requests carries a random proof. The port alone proves nothing:
 * the system gives it to somebody else as soon as the connection has closed, and a request may wait
 * in the container for longer. The relay sends no header of a client's by the name of the proof.
 *
 * <p>Held by: RelayedConnectionsTest, HttpRelayTest, RelayAccessIT.
 */
public final class RelayedConnections {
  /** The header that carries the proof. */
  public static final String PROOF = "Kvorum-Relay";

  private static final int PROOF_BYTES = 16;

  private final Map<Integer, Client> clients = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  /** The client of one relayed connection. Thread-safe. */
  public static final class Client {
    private final ConnectionCallers callers;
    private final Supplier<@Nullable DirectAnswer> answer;
    private final String proof;
    private volatile boolean isOpenBothWays = true;

    private Client(Caller caller, Supplier<@Nullable DirectAnswer> answer, String proof) {
      this.callers = new ConnectionCallers(caller);
      this.answer = answer;
      this.proof = proof;
    }

    /**
     * The client as its connection to the client port shows it, with the token of a request;
     * without one if there is none.
     */
    public Caller caller(@Nullable String token) {
      return callers.withToken(token);
    }

    /** The way past the container for the request that is under way; null if there is none. */
    public @Nullable DirectAnswer answer() {
      return answer.get();
    }

    /** What each of its requests carries as {@link #PROOF}. */
    public String proof() {
      return proof;
    }

    /**
     * Notes that the client has closed its side. It may still read the response that is on its way;
     * a watch ends then, as in etcd.
     */
    public void hasEndedRequests() {
      isOpenBothWays = false;
    }

    /** True while the connection is registered and its client has not closed its side. */
    public boolean isOpenBothWays() {
      return isOpenBothWays;
    }

    private boolean isProvenBy(@Nullable String shown) {
      return shown != null && MessageDigest.isEqual(bytes(proof), bytes(shown));
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * @param relayPort the local port of the relay's connection to the endpoint
   */
  public Client register(int relayPort, Caller caller, Supplier<@Nullable DirectAnswer> answer) {
    byte[] proof = new byte[PROOF_BYTES];
    random.nextBytes(proof);
    Client client = new Client(caller, answer, HexFormat.of().formatHex(proof));
    clients.put(relayPort, client);
    return client;
  }

  /** Ends a registration, unless the port has been registered for another client since. */
  public void remove(int relayPort, Client client) {
    client.hasEndedRequests();
    clients.remove(relayPort, client);
  }

  /**
   * The client behind a request to the endpoint; null if it did not come through the relay.
   *
   * @param remotePort the remote port of its connection, as the endpoint sees it
   * @param proof what it carries as {@link #PROOF}
   */
  public @Nullable Client clientOf(int remotePort, @Nullable String proof) {
    Client client = clients.get(remotePort);
    return client != null && client.isProvenBy(proof) ? client : null;
  }

  /** How many connections are relayed. */
  public int size() {
    return clients.size();
  }
}
