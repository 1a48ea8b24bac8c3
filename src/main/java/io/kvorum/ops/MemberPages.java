package io.kvorum.ops;

import io.kvorum.grpc.OperatorPages;
import io.kvorum.grpc.PlainAnswer;
import io.kvorum.model.ApiVersion;
import io.kvorum.ops.HealthChecks.Check;
import io.kvorum.ops.HealthChecks.Health;
import io.kvorum.ops.HealthChecks.Outcome;
import io.kvorum.ops.HealthChecks.Probe;
import io.kvorum.service.Caller;
import io.kvorum.support.Log;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers etcd's pages for operators in every {@link Phase} of a member. Thread-safe; nothing
 * blocks.
 *
 * <p>{@code /livez} and {@code /readyz} are answered as a whole or, with the name of a check as sub
 * path, in part. Failed checks are always listed, successful ones if {@code verbose} asks for it or
 * another one failed. A member that is starting or stopping is alive, since a restart would not
 * help, and passes none of the checks.
 */
public final class MemberPages implements OperatorPages {
  private static final String HEALTH = "/health";
  private static final String METRICS = "/metrics";
  private static final String VERSION = "/version";
  private static final String VARIABLES = "/debug/vars";
  private static final Set<String> WHOLE_PATHS = Set.of(HEALTH, METRICS, VERSION, VARIABLES);

  private static final Log LOG = Log.of(MemberPages.class);

  /** What there is to ask once the member has recovered. */
  private record Sources(
      HealthChecks checks, Supplier<MemberReport> reports, Supplier<String> clusterVersion) {}

  private final @Nullable DiagnosticPages diagnostics;
  private volatile Phase phase = Phase.STARTING;
  private volatile @Nullable Sources sources;

  /** Without diagnostics. */
  public MemberPages() {
    this(null);
  }

  /**
   * @param diagnostics null if there are none
   */
  public MemberPages(@Nullable DiagnosticPages diagnostics) {
    this.diagnostics = diagnostics;
  }

  /** The member begins to recover. */
  public void recovering() {
    phase = Phase.RECOVERING;
  }

  /**
   * The member has recovered, and takes part in the cluster.
   *
   * @param clusterVersion with the patch 0; asked for also while the member stops
   */
  public void serving(
      HealthChecks checks, Supplier<MemberReport> reports, Supplier<String> clusterVersion) {
    sources = new Sources(checks, reports, clusterVersion);
    phase = Phase.SERVING;
  }

  /**
   * Takes who may ask for diagnostics from elsewhere, from now on.
   *
   * @param decision whether a client is an administrator
   */
  public void administeredBy(Function<Caller, CompletableFuture<Boolean>> decision) {
    if (diagnostics != null) {
      diagnostics.admit(decision);
    }
  }

  /** The member has found that it was removed. */
  public void removed() {
    phase = Phase.REMOVED;
  }

  /** The member begins to stop. */
  public void stopping() {
    phase = Phase.STOPPING;
  }

  @Override
  public boolean has(String path) {
    return WHOLE_PATHS.contains(path)
        || probeOf(path) != null
        || diagnostics != null && DiagnosticPages.covers(path);
  }

  @Override
  public CompletableFuture<PlainAnswer> answer(Request request) {
    if (diagnostics != null && DiagnosticPages.covers(request.path())) {
      return diagnostics.answer(request);
    }
    Probe probe = probeOf(request.path());
    List<Check> asked = probe == null ? List.of() : asked(probe, request);
    if (probe != null && asked.isEmpty() && isInPart(probe, request)) {
      return CompletableFuture.completedFuture(PlainAnswer.notFound());
    }
    // As in etcd, metrics can be asked for by any method.
    if (!request.method().equals("GET") && !request.path().equals(METRICS)) {
      return CompletableFuture.completedFuture(PlainAnswer.methodNotAllowed());
    }
    if (probe != null) {
      boolean isVerbose = request.parameters().containsKey("verbose");
      return (isInPart(probe, request) ? inPart(probe, asked, phase) : asAWhole(probe, asked))
          .thenApply(outcomes -> HealthAnswers.probe(outcomes, isVerbose));
    }
    return switch (request.path()) {
      case HEALTH -> health(request).thenApply(HealthAnswers::health);
      // It reads files of the system, and is long.
      case METRICS -> CompletableFuture.supplyAsync(this::metrics);
      case VERSION -> CompletableFuture.completedFuture(PlainAnswer.json(version()));
      default -> CompletableFuture.completedFuture(variables());
    };
  }

  /** Whether the process should go on: all checks of a probe, as of {@code /livez}. */
  public CompletableFuture<List<Outcome>> asAWhole(Probe probe) {
    return asAWhole(probe, probe.checks());
  }

  /** Each of the checks of a probe for itself: all of them fail until the member has recovered. */
  public CompletableFuture<List<Outcome>> inPart(Probe probe) {
    return inPart(probe, probe.checks(), phase);
  }

  private CompletableFuture<List<Outcome>> asAWhole(Probe probe, Collection<Check> checks) {
    Phase now = phase;
    return probe == Probe.LIVEZ && now != Phase.SERVING
        ? CompletableFuture.completedFuture(List.of())
        : inPart(probe, checks, now);
  }

  private CompletableFuture<List<Outcome>> inPart(
      Probe probe, Collection<Check> checks, Phase now) {
    Sources known = sources;
    if (now == Phase.SERVING && known != null) {
      return known.checks().run(probe, checks);
    }
    return CompletableFuture.completedFuture(
        checks.stream().map(check -> new Outcome(check, now.reason())).toList());
  }

  private CompletableFuture<Health> health(Request request) {
    Phase now = phase;
    Sources known = sources;
    if (now != Phase.SERVING || known == null) {
      return CompletableFuture.completedFuture(new Health(false, now.name()));
    }
    return known
        .checks()
        .health(
            Set.copyOf(values(request, "exclude")),
            values(request, "serializable").stream()
                .findFirst()
                .filter("true"::equals)
                .isPresent());
  }

  private PlainAnswer metrics() {
    return new PlainAnswer(200, EtcdMetrics.CONTENT_TYPE, metricsText());
  }

  /** While the member closes its parts, they may no longer have figures. */
  private String metricsText() {
    Phase now = phase;
    Sources known = sources;
    if (known != null) {
      try {
        return EtcdMetrics.text(known.reports().get(), now);
      } catch (RuntimeException failure) {
        if (now == Phase.SERVING) {
          throw failure;
        }
        LOG.debug("no figures while the member is stopping", failure);
      }
    }
    return EtcdMetrics.textWithoutReport(now);
  }

  private String version() {
    Sources known = sources;
    String decided = known == null ? "" : known.clusterVersion().get();
    return String.format(
        "{\"etcdserver\":\"%s\",\"etcdcluster\":\"%s\",\"storage\":\"%s\"}",
        ApiVersion.SERVER,
        known == null ? "not_decided" : decided,
        known == null ? "unknown" : decided);
  }

  private PlainAnswer variables() {
    Sources known = sources;
    return Variables.answer(known == null ? "null" : known.reports().get().raftStatusJson());
  }

  private static @Nullable Probe probeOf(String path) {
    for (Probe probe : Probe.values()) {
      String whole = "/" + probe.label();
      if (path.equals(whole) || path.startsWith(whole + "/")) {
        return probe;
      }
    }
    return null;
  }

  private static boolean isInPart(Probe probe, Request request) {
    return request.path().length() > probe.label().length() + 1;
  }

  private static List<Check> asked(Probe probe, Request request) {
    if (isInPart(probe, request)) {
      String label = request.path().substring(probe.label().length() + 2);
      return probe.checks().stream().filter(check -> check.label().equals(label)).toList();
    }
    List<String> excluded = values(request, "exclude");
    return probe.checks().stream().filter(check -> !excluded.contains(check.label())).toList();
  }

  private static List<String> values(Request request, String parameter) {
    return request.parameters().getOrDefault(parameter, List.of());
  }
}
