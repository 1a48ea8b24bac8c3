package io.kvorum.boot.config;

import java.util.Optional;

/**
 * Where a member exports the traces of calls to, and which. Immutable.
 *
 * <p>Held by: ObservingTest.
 *
 * @param host of the collector
 * @param instance ID of the member within the service; empty for none
 * @param callsPerMillion how many calls are traced of those whose clients do not say
 */
public record Tracing(String host, int port, String service, String instance, int callsPerMillion) {
  private static final String ADDRESS = "distributed-tracing-address";
  private static final String RATE = "distributed-tracing-sampling-rate";
  private static final String SERVICE = "distributed-tracing-service-name";
  private static final int MILLION = 1_000_000;
  private static final int LARGEST_PORT = 65_535;

  /** Empty if there is to be no trace. */
  static Optional<Tracing> from(Settings settings) {
    int rate = settings.intNumber(RATE, 0, MILLION);
    if (!settings.bool("enable-distributed-tracing")) {
      return Optional.empty();
    }
    String address = settings.text(ADDRESS);
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? "" : address.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
    if (host.isEmpty() || address.contains("/")) {
      throw settings.refusal(ADDRESS, "must be a host and a port, as in localhost:4317");
    }
    if (settings.text(SERVICE).isBlank()) {
      throw settings.refusal(SERVICE, "must not be empty");
    }
    return Optional.of(
        new Tracing(
            host,
            port(settings, address.substring(colon + 1)),
            settings.text(SERVICE),
            settings.text("distributed-tracing-instance-id"),
            rate));
  }

  private static int port(Settings settings, String text) {
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port <= LARGEST_PORT) {
        return port;
      }
    } catch (NumberFormatException notANumber) {
      // refused below
    }
    throw settings.refusal(ADDRESS, "has no port from 1 to " + LARGEST_PORT);
  }
}
