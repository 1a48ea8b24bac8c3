package io.kvorum.ops;

import io.kvorum.apply.ApplyProbe;
import io.kvorum.meter.Histogram;
import io.kvorum.meter.OutcomeHistograms;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.support.LogEvent;
import io.kvorum.support.RareLog;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Measures how long commands take to be applied, counts leases, and warns of slow commands. Written
 * by the Raft thread; any thread may ask for the report.
 *
 * <p>Held by: ApplyMeterTest.
 */
public final class ApplyMeter implements ApplyProbe {
  private final long slowNanos;
  private final RareLog log;
  private final LongSupplier nanoTime;
  private final Map<Class<?>, OutcomeHistograms> byCommand = new ConcurrentHashMap<>();
  private final LongAdder slow = new LongAdder();
  private final LongAdder leasesGranted = new LongAdder();
  private final LongAdder leasesRevoked = new LongAdder();
  private final Histogram timesToLive = Histogram.ofTimesToLive();
  private final LongAdder secondsToLive = new LongAdder();

  // Confined to the Raft thread.
  private long index;
  private long sinceNanos;

  /**
   * The figures at about one moment.
   *
   * @param byCommand by etcd's names of commands
   * @param slow how many took longer than the limit
   */
  public record Report(
      Map<String, OutcomeHistograms.Snapshot> byCommand,
      long slow,
      long leasesGranted,
      long leasesRevoked,
      Histogram.Snapshot timesToLive) {}

  /**
   * @param limit of how long a command may take before it is slow
   */
  public ApplyMeter(Duration limit, RareLog log, LongSupplier nanoTime) {
    this.slowNanos = limit.toNanos();
    this.log = log;
    this.nanoTime = nanoTime;
  }

  @Override
  public void entryBegins(long entry) {
    index = entry;
    sinceNanos = nanoTime.getAsLong();
  }

  @Override
  public void applied(Command proposed, Result result) {
    long now = nanoTime.getAsLong();
    long nanos = now - sinceNanos;
    sinceNanos = now;
    Command command = proposed instanceof Command.Stamped stamped ? stamped.command() : proposed;
    OutcomeHistograms times = byCommand.get(command.getClass());
    if (times == null) {
      times = OutcomeHistograms.ofApplies(nameOf(command));
      byCommand.put(command.getClass(), times);
    }
    times.record(!(result instanceof Result.Rejected), nanos);
    countLeases(command, result);
    if (nanos > slowNanos) {
      warn(times.kind(), nanos);
    }
  }

  private void countLeases(Command command, Result result) {
    if (result instanceof Result.LeaseGrant grant) {
      leasesGranted.increment();
      timesToLive.record(TimeUnit.SECONDS.toNanos(grant.ttlSeconds()));
      secondsToLive.add(grant.ttlSeconds());
    } else if (command instanceof Command.LeaseRevoke && !(result instanceof Result.Rejected)) {
      leasesRevoked.increment();
    }
  }

  private void warn(String name, long nanos) {
    slow.increment();
    long entry = index;
    log.warning(
        () ->
            LogEvent.of(
                "apply request took too long",
                "took",
                TimeUnit.NANOSECONDS.toMillis(nanos) + "ms",
                "expected-duration",
                TimeUnit.NANOSECONDS.toMillis(slowNanos) + "ms",
                "request",
                name,
                "index",
                entry));
  }

  /** As etcd calls it. */
  private static String nameOf(Command command) {
    String name = command.getClass().getSimpleName();
    return switch (name) {
      case "Enable", "Disable" -> "Auth" + name;
      case "GrantToken" -> "Authenticate";
      case "AddUser" -> "AuthUserAdd";
      case "DeleteUser" -> "AuthUserDelete";
      case "ChangePassword" -> "AuthUserChangePassword";
      case "GrantRole" -> "AuthUserGrantRole";
      case "RevokeRole" -> "AuthUserRevokeRole";
      case "AddRole" -> "AuthRoleAdd";
      case "DeleteRole" -> "AuthRoleDelete";
      case "GrantPermission" -> "AuthRoleGrantPermission";
      case "RevokePermission" -> "AuthRoleRevokePermission";
      case "Compact" -> "Compaction";
      case "AlarmActivate", "AlarmDeactivate" -> "Alarm";
      case "DowngradeChange" -> "DowngradeInfoSet";
      default -> name;
    };
  }

  public Report report() {
    return new Report(
        OutcomeHistograms.byKind(byCommand.values()),
        slow.sum(),
        leasesGranted.sum(),
        leasesRevoked.sum(),
        timesToLive());
  }

  /** With another sum than the histogram's, whose nanoseconds two of the longest leases exceed. */
  private Histogram.Snapshot timesToLive() {
    Histogram.Snapshot counted = timesToLive.snapshot();
    return new Histogram.Snapshot(
        counted.boundsSeconds(), counted.counts(), (double) secondsToLive.sum());
  }
}
