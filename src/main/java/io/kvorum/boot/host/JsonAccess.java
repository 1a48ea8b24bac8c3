package io.kvorum.boot.host;

import java.util.function.Supplier;

/**
 * Tells how clients reach the JSON that the application serves in a foreign Liberty. Immutable.
 *
 * <p>Held by: PlainLibertyIT, RelayedLibertyIT.
 *
 * @param relayPort the endpoint on 127.0.0.1 to which the client port relays HTTP/1.1; 0 if clients
 *     reach the container themselves
 * @param place continues "it is served", for clients that ask the client port for JSON; must not
 *     block
 */
public record JsonAccess(int relayPort, Supplier<String> place) {}
