package io.kvorum.rest;

/**
 * Names the container's port that does not serve every client. Immutable.
 *
 * <p>Held by: LauncherIT, RelayedLibertyIT.
 *
 * @param number the loopback port to which the client port relays HTTP/1.1; 0 if there is none
 */
public record RelayPort(int number) {}
