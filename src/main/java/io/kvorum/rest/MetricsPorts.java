package io.kvorum.rest;

import jakarta.inject.Inject;
import jakarta.servlet.ServletRequest;
import java.net.URI;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The ports of {@code --listen-metrics-urls}, on which operators look and clients have no business.
 * Immutable.
 */
@ApplicationSingleton
public final class MetricsPorts {
  private static final Set<String> OPEN =
      Set.of("/metrics", "/health", "/livez", "/readyz", "/version");

  private final Set<Integer> ports;

  @Inject
  public MetricsPorts(@ConfigProperty(name = "kvorum.listen-metrics-urls") Optional<String> urls) {
    ports =
        urls.stream()
            .flatMap(list -> Arrays.stream(list.split(",")))
            .map(url -> URI.create(url.strip()).getPort())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** False for a path that is not for operators, on a port that is only for them. */
  boolean admits(ServletRequest request, String path) {
    if (!ports.contains(request.getLocalPort())) {
      return true;
    }
    int second = path.indexOf('/', 1);
    return OPEN.contains(second < 0 ? path : path.substring(0, second));
  }
}
