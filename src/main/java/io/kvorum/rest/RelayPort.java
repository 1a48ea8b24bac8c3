package io.kvorum.rest;

/**
 * Names the container's port that does not serve every client. Immutable.
 *
 * <p>Held by: RelayAccessIT, RelayedLibertyIT.
 *
 * @param number the loopback port to which the client port relays HTTP/1.1; 0 if there is none
 * @param isOnlyWay whether the relay is the only way to the application, whatever other ports the
 *     container has; false where others run the container and decide that
 */
public record RelayPort(int number, boolean isOnlyWay) {
  /** Whether a request to that port of the container must have come through the relay. */
  boolean guards(int port) {
    return isOnlyWay || port == number;
  }
}
