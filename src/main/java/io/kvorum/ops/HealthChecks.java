package io.kvorum.ops;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.service.KvService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.wire.ErrorTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the health checks that etcd's endpoints name. Thread-safe; nothing blocks; a failed check is
 * an outcome, the futures themselves do not fail.
 *
 * <p>Every future completes within {@link #READ_LIMIT}. While no leader is known, a linearizable
 * read fails at once, with the error that it would end with some elections later. If the known
 * leader does not answer, the limit applies; etcd waits longer, as long as for any request, which
 * exceeds the timeout of most probes.
 */
public final class HealthChecks {
  /** Starts a read that is answered if the member can serve. */
  interface Read {
    CompletableFuture<?> of(boolean serializable);
  }

  /** One check. */
  public enum Check {
    DATA_CORRUPTION("data_corruption"),
    SERIALIZABLE_READ("serializable_read"),
    LINEARIZABLE_READ("linearizable_read"),
    NON_LEARNER("non_learner");

    private final String label;

    Check(String label) {
      this.label = label;
    }

    /** The name of the check in URLs, answers and metrics. */
    public String label() {
      return label;
    }
  }

  /** A set of checks: does the process live, is it ready for requests. */
  public enum Probe {
    LIVEZ(List.of(Check.SERIALIZABLE_READ)),
    READYZ(List.of(Check.values()));

    private final List<Check> checks;

    Probe(List<Check> checks) {
      this.checks = checks;
    }

    public List<Check> checks() {
      return checks;
    }

    String label() {
      return this == LIVEZ ? "livez" : "readyz";
    }
  }

  /** Reports one check; {@code problem} is null if it succeeded. */
  public record Outcome(Check check, @Nullable String problem) {
    public boolean isOk() {
      return problem == null;
    }
  }

  /** The answer of {@code /health}; the reason is empty if the member is healthy. */
  public record Health(boolean isHealthy, String reason) {}

  /**
   * Counts how often checks succeeded and failed since the start.
   *
   * @param checks the checks that have been run
   */
  public record HealthStats(long healthy, long unhealthy, Map<CheckKey, Counts> checks) {}

  /** A check as part of a probe. */
  public record CheckKey(String probe, String check) implements Comparable<CheckKey> {
    @Override
    public int compareTo(CheckKey other) {
      int byProbe = probe.compareTo(other.probe);
      return byProbe != 0 ? byProbe : check.compareTo(other.check);
    }
  }

  /** Counts the outcomes of one check. */
  public record Counts(long succeeded, long failed, boolean lastSucceeded) {}

  private static final class Counters {
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean lastSucceeded;
  }

  /** A read that takes longer has failed. */
  public static final Duration READ_LIMIT = Duration.ofSeconds(3);

  /** A single key, which need not exist: the check is whether the read is answered. */
  private static final RangeQuery PROBED =
      RangeQuery.of(KeyRange.single(Bytes.utf8("health")))
          .withLimit(1)
          .withProjection(RangeQuery.Projection.KEYS_ONLY);

  private final Duration limit;
  private final Read read;
  private final Supplier<List<Alarm>> alarms;
  private final BooleanSupplier hasLeader;
  private final BooleanSupplier isLearner;
  private final LongAdder healthy = new LongAdder();
  private final LongAdder unhealthy = new LongAdder();
  private final Map<Probe, Map<Check, Counters>> counters = new EnumMap<>(Probe.class);

  /** The checks of a member. */
  public static HealthChecks of(KvService kv, MaintenanceService maintenance, Consensus consensus) {
    return new HealthChecks(
        READ_LIMIT,
        serializable -> kv.range(PROBED, serializable),
        maintenance::alarms,
        () -> consensus.status().hasLeader(),
        () -> maintenance.status().isLearner());
  }

  /**
   * @param limit how long a read may take
   */
  HealthChecks(
      Duration limit,
      Read read,
      Supplier<List<Alarm>> alarms,
      BooleanSupplier hasLeader,
      BooleanSupplier isLearner) {
    this.limit = limit;
    this.read = read;
    this.alarms = alarms;
    this.hasLeader = hasLeader;
    this.isLearner = isLearner;
    for (Probe probe : Probe.values()) {
      Map<Check, Counters> ofProbe = new EnumMap<>(Check.class);
      probe.checks.forEach(check -> ofProbe.put(check, new Counters()));
      counters.put(probe, ofProbe);
    }
  }

  /**
   * Runs the single check of {@code /health}.
   *
   * @param excludedAlarms names of alarms to ignore
   * @param serializable true for a read of this member alone
   */
  public CompletableFuture<Health> health(Set<String> excludedAlarms, boolean serializable) {
    return judge(excludedAlarms, serializable)
        .thenApply(
            health -> {
              (health.isHealthy() ? healthy : unhealthy).increment();
              return health;
            });
  }

  private CompletableFuture<Health> judge(Set<String> excludedAlarms, boolean serializable) {
    for (Alarm alarm : alarms.get()) {
      if (!excludedAlarms.contains(alarm.kind().name())) {
        return CompletableFuture.completedFuture(new Health(false, "ALARM " + alarm.kind()));
      }
    }
    if (!serializable && !hasLeader.getAsBoolean()) {
      return CompletableFuture.completedFuture(new Health(false, "RAFT NO LEADER"));
    }
    return problemOfRead(serializable)
        .thenApply(
            problem ->
                problem.isEmpty()
                    ? new Health(true, "")
                    : new Health(false, "RANGE ERROR:" + problem));
  }

  /** Runs the checks concurrently; the outcomes are in the order of the checks. */
  public CompletableFuture<List<Outcome>> run(Probe probe, Collection<Check> checks) {
    List<CompletableFuture<Outcome>> running = new ArrayList<>(checks.size());
    for (Check check : checks) {
      running.add(
          problemOf(check)
              .thenApply(
                  problem -> {
                    Outcome outcome = new Outcome(check, problem.isEmpty() ? null : problem);
                    count(probe, outcome);
                    return outcome;
                  }));
    }
    return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
        .thenApply(done -> running.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<String> problemOf(Check check) {
    return switch (check) {
      case DATA_CORRUPTION -> {
        boolean isCorrupt =
            alarms.get().stream().anyMatch(alarm -> alarm.kind() == Alarm.Kind.CORRUPT);
        yield CompletableFuture.completedFuture(isCorrupt ? "alarm activated: CORRUPT" : "");
      }
      case SERIALIZABLE_READ -> problemOfRead(true);
      case LINEARIZABLE_READ -> problemOfRead(false);
      case NON_LEARNER ->
          CompletableFuture.completedFuture(
              isLearner.getAsBoolean() ? "not supported for learner" : "");
    };
  }

  /** Why the read failed; empty if it was answered. */
  private CompletableFuture<String> problemOfRead(boolean serializable) {
    if (!serializable && !hasLeader.getAsBoolean()) {
      return CompletableFuture.completedFuture(textOf(new RequestException(ErrorCode.NO_LEADER)));
    }
    CompletableFuture<?> answer;
    try {
      answer = read.of(serializable);
    } catch (RuntimeException refused) {
      return CompletableFuture.completedFuture(textOf(refused));
    }
    return answer
        .<String>handle((result, failure) -> failure == null ? "" : textOf(failure))
        .completeOnTimeout(
            textOf(new RequestException(ErrorCode.TIMEOUT)), limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static String textOf(Throwable failure) {
    String description = ErrorTable.statusOf(failure).getDescription();
    return description == null ? failure.toString() : description;
  }

  private void count(Probe probe, Outcome outcome) {
    Map<Check, Counters> ofProbe = counters.get(probe);
    Counters counter = ofProbe == null ? null : ofProbe.get(outcome.check());
    if (counter != null) {
      (outcome.isOk() ? counter.succeeded : counter.failed).increment();
      counter.lastSucceeded = outcome.isOk();
    }
  }

  HealthStats stats() {
    Map<CheckKey, Counts> checks = new TreeMap<>();
    counters.forEach(
        (probe, ofProbe) ->
            ofProbe.forEach(
                (check, counter) -> {
                  long succeeded = counter.succeeded.sum();
                  long failed = counter.failed.sum();
                  if (succeeded + failed > 0) {
                    checks.put(
                        new CheckKey(probe.label(), check.label),
                        new Counts(succeeded, failed, counter.lastSucceeded));
                  }
                }));
    return new HealthStats(healthy.sum(), unhealthy.sum(), checks);
  }
}
