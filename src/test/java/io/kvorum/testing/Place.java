package io.kvorum.testing;

import java.net.URI;
import java.util.List;

/**
 * Where a member runs.
 *
 * @param client the URL for clients
 * @param peer the URL for other members
 * @param admin the URL for its administrator
 * @param prefix what comes before the command that starts it; empty for nothing
 */
public record Place(URI client, URI peer, URI admin, List<String> prefix) {

  /** A place on the loopback interface of this machine. */
  public static Place onLoopback() {
    return new Place(Ports.freeUrl(), Ports.freeUrl(), Ports.freeUrl(), List.of());
  }

  /** The same place with another URL for peers. */
  public Place withPeer(URI newPeer) {
    return new Place(client, newPeer, admin, prefix);
  }
}
