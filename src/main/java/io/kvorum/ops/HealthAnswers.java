package io.kvorum.ops;

import io.kvorum.grpc.PlainAnswer;
import io.kvorum.ops.HealthChecks.Health;
import io.kvorum.ops.HealthChecks.Outcome;
import io.kvorum.support.JsonText;
import java.util.List;

/**
 * Renders the outcomes of health checks as etcd's endpoints do. Stateless.
 *
 * <p>Held by: HealthChecksTest.
 */
public final class HealthAnswers {
  private HealthAnswers() {}

  /** The answer of {@code /health}: one JSON object, sent as text, with 200 or 503. */
  public static PlainAnswer health(Health health) {
    String json =
        "{\"health\":\""
            + health.isHealthy()
            + "\",\"reason\":"
            + JsonText.quoted(health.reason())
            + "}";
    return health.isHealthy() ? PlainAnswer.text(json) : PlainAnswer.unavailable(json);
  }

  /**
   * The answer of {@code /livez} and {@code /readyz}: one line per check if one of them failed.
   *
   * @param isVerbose true for one line per check in any case
   */
  public static PlainAnswer probe(List<Outcome> outcomes, boolean isVerbose) {
    StringBuilder details = new StringBuilder();
    for (Outcome outcome : outcomes) {
      if (outcome.isOk()) {
        details.append("[+]").append(outcome.check().label()).append(" ok\n");
      } else {
        details.append("[-]").append(outcome.check().label()).append(" failed: ");
        details.append(outcome.problem()).append('\n');
      }
    }
    if (!outcomes.stream().allMatch(Outcome::isOk)) {
      return PlainAnswer.unavailable(details.toString());
    }
    return PlainAnswer.text(isVerbose ? details + "ok\n" : "ok\n");
  }
}
