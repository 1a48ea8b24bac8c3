package io.kvorum.rest;

import java.util.Set;

/**
 * Names the ports of the container that do not serve every request. Immutable.
 *
 * @param relay the loopback port to which the client port relays HTTP/1.1; 0 if there is none, as
 *     in a foreign Liberty
 * @param metrics the ports of {@code --listen-metrics-urls}
 */
public record HttpPorts(int relay, Set<Integer> metrics) {
  public HttpPorts {
    metrics = Set.copyOf(metrics);
  }
}
