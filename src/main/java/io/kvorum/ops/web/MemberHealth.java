package io.kvorum.ops.web;

import io.kvorum.ops.HealthChecks;
import io.kvorum.ops.HealthChecks.Outcome;
import io.kvorum.ops.HealthChecks.Probe;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * Reports the same checks to MicroProfile Health, on the admin endpoint. Its interface returns the
 * outcome itself, so the caller waits, for {@link HealthChecks#READ_LIMIT} at most.
 *
 * <p>Held by: LauncherIT.
 */
@Dependent
public class MemberHealth {
  private final HealthChecks checks;

  @Inject
  public MemberHealth(HealthChecks checks) {
    this.checks = checks;
  }

  @Produces
  @Liveness
  HealthCheck live() {
    return () -> run("kvorum-live", Probe.LIVEZ);
  }

  @Produces
  @Readiness
  HealthCheck ready() {
    return () -> run("kvorum-ready", Probe.READYZ);
  }

  @Produces
  @Startup
  HealthCheck started() {
    return () -> run("kvorum-started", Probe.LIVEZ);
  }

  private HealthCheckResponse run(String name, Probe probe) {
    return response(name, checks.run(probe, probe.checks()).join());
  }

  static HealthCheckResponse response(String name, List<Outcome> outcomes) {
    HealthCheckResponseBuilder response = HealthCheckResponse.named(name);
    for (Outcome outcome : outcomes) {
      String problem = outcome.problem();
      response.withData(outcome.check().label(), problem == null ? "ok" : problem);
    }
    return response.status(outcomes.stream().allMatch(Outcome::isOk)).build();
  }
}
