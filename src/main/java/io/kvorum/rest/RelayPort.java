package io.kvorum.rest;

/**
 * Names the container's port that does not serve every client. Immutable.
 *
 * <p>Held by: LauncherIT.
 *
 * @param number the loopback port to which the client port relays HTTP/1.1; 0 if there is none, as
 *     in a foreign Liberty
 */
public record RelayPort(int number) {}
