package io.kvorum.boot.config;

import java.time.Duration;
import java.util.Optional;

/**
 * What a member tells its operators beside its log. Immutable.
 *
 * <p>Held by: ObservingTest.
 *
 * @param isExtensive whether the metrics have the handling time of each method
 * @param hasDiagnostics whether those of the JVM are served
 * @param slowCall how long a call may take before it is logged
 * @param slowApply the same for applying a command; zero logs all
 * @param tracing empty if there is none
 * @param gates whose state the metrics show
 */
public record Observing(
    boolean isExtensive,
    boolean hasDiagnostics,
    Duration slowCall,
    Duration slowApply,
    Optional<Tracing> tracing,
    FeatureGates gates) {
  private static final String METRICS = "metrics";
  private static final String SLOW_CALL = "warning-unary-request-duration";

  static Observing from(Settings settings) {
    return new Observing(
        isExtensive(settings),
        settings.bool("enable-pprof"),
        slowCall(settings),
        limit(settings, "warning-apply-duration"),
        Tracing.from(settings),
        FeatureGates.from(settings));
  }

  private static boolean isExtensive(Settings settings) {
    return switch (settings.text(METRICS)) {
      case "basic" -> false;
      case "extensive" -> true;
      default -> throw settings.refusal(METRICS, "must be basic or extensive");
    };
  }

  /** As in etcd, zero stands for the default. */
  private static Duration slowCall(Settings settings) {
    Duration limit = limit(settings, SLOW_CALL);
    return limit.isZero() ? GoDuration.parse(Flags.get(SLOW_CALL).defaultValue()) : limit;
  }

  private static Duration limit(Settings settings, String flag) {
    Duration limit = settings.duration(flag);
    if (limit.isNegative()) {
      throw settings.refusal(flag, "must not be negative");
    }
    return limit;
  }
}
