package io.kvorum.ops.web;

import io.kvorum.ops.HealthChecks;
import io.kvorum.ops.HealthChecks.Outcome;
import io.kvorum.ops.HealthChecks.Probe;
import io.kvorum.ops.MemberPages;
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
  private final MemberPages pages;

  @Inject
  public MemberHealth(MemberPages pages) {
    this.pages = pages;
  }

  @Produces
  @Liveness
  HealthCheck live() {
    return () -> response("kvorum-live", pages.asAWhole(Probe.LIVEZ).join());
  }

  @Produces
  @Readiness
  HealthCheck ready() {
    return () -> response("kvorum-ready", pages.inPart(Probe.READYZ).join());
  }

  @Produces
  @Startup
  HealthCheck started() {
    return () -> response("kvorum-started", pages.inPart(Probe.LIVEZ).join());
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
