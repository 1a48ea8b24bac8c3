package io.kvorum.ctl.output;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reports which endpoints serve.
 *
 * @param endpoints in the order in which they are shown
 */
public record HealthReport(List<Endpoint> endpoints) implements Report {
  /**
   * One endpoint.
   *
   * @param took how long the answer took, or the failure
   * @param error empty if it is healthy
   */
  public record Endpoint(String name, Duration took, String error) {
    boolean isHealthy() {
      return error.isEmpty();
    }
  }

  /** Whether all of them are. */
  public boolean isHealthy() {
    return endpoints.stream().allMatch(Endpoint::isHealthy);
  }

  @Override
  public List<String> simple() {
    return endpoints.stream()
        .filter(Endpoint::isHealthy)
        .map(
            endpoint ->
                endpoint.name()
                    + " is healthy: successfully committed proposal: took = "
                    + GoText.duration(endpoint.took()))
        .toList();
  }

  @Override
  public List<String> complaints() {
    return endpoints.stream()
        .filter(endpoint -> !endpoint.isHealthy())
        .map(
            endpoint ->
                endpoint.name() + " is unhealthy: failed to commit proposal: " + endpoint.error())
        .toList();
  }

  @Override
  public String json() {
    return GoJson.slice(
        endpoints.stream()
            .map(
                endpoint ->
                    new GoJson()
                        .raw("endpoint", GoJson.quoted(endpoint.name()))
                        .raw("health", Boolean.toString(endpoint.isHealthy()))
                        .raw("took", GoJson.quoted(GoText.duration(endpoint.took())))
                        .text("error", endpoint.error())
                        .done())
            .toList());
  }

  @Override
  public List<String> fields() {
    List<String> lines = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      lines.add(Headers.field("Endpoint", GoText.quoted(endpoint.name())));
      lines.add(Headers.field("Health", endpoint.isHealthy()));
      lines.add(Headers.field("Took", GoText.duration(endpoint.took())));
      lines.add(Headers.field("Error", endpoint.error()));
      lines.add("");
    }
    return lines;
  }

  @Override
  public Optional<TextTable> table() {
    return Optional.of(
        new TextTable(
            List.of("endpoint", "health", "took", "error"),
            endpoints.stream()
                .map(
                    endpoint ->
                        List.of(
                            endpoint.name(),
                            Boolean.toString(endpoint.isHealthy()),
                            GoText.duration(endpoint.took()),
                            endpoint.error()))
                .toList()));
  }
}
