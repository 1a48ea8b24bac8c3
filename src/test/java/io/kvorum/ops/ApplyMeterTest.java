package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.meter.OutcomeHistograms;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.Result;
import io.kvorum.support.Log;
import io.kvorum.support.RareLog;
import io.kvorum.testing.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ApplyMeterTest {
  private final AtomicLong nanos = new AtomicLong();
  private final ApplyMeter meter =
      new ApplyMeter(
          Duration.ofMillis(100),
          new RareLog(Log.of(ApplyMeterTest.class), 10, Runnable::run, nanos::get),
          nanos::get);

  private void apply(Command command, Result result, long millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
    meter.applied(command, result);
  }

  private static Command put() {
    return new Command.Put(Bytes.utf8("key"), Bytes.utf8("S3CR3T"), 0, false, false, false);
  }

  @Test
  void eachCommandIsMeasuredFromTheEndOfTheOneBeforeAndByItsOutcome() {
    meter.entryBegins(7);
    apply(put(), new Result.Put(2, null), 2);
    apply(new Command.Stamped(Principal.NOBODY, put()), new Result.Put(3, null), 3);
    apply(put(), new Result.Rejected(3, ErrorCode.NO_SPACE), 4);
    OutcomeHistograms.Snapshot puts = meter.report().byCommand().get("Put");
    assertThat(puts.successes().count()).isEqualTo(2);
    assertThat(puts.successes().sumSeconds()).isEqualTo(0.005);
    assertThat(puts.failures().sumSeconds()).isEqualTo(0.004);
    assertThat(meter.report().slow()).isZero();
  }

  @Test
  void namesAreEtcds() {
    meter.entryBegins(1);
    apply(new Command.Compact(5), new Result.Compact(5), 0);
    Bytes none = Bytes.EMPTY;
    for (AuthCommand command :
        List.of(
            new AuthCommand.Enable(),
            new AuthCommand.Disable(),
            new AuthCommand.GrantToken("u", 1, none),
            new AuthCommand.AddUser("u", none, true),
            new AuthCommand.DeleteUser("u"),
            new AuthCommand.ChangePassword("u", none),
            new AuthCommand.GrantRole("u", "r"),
            new AuthCommand.RevokeRole("u", "r"),
            new AuthCommand.AddRole("r"),
            new AuthCommand.DeleteRole("r"),
            new AuthCommand.GrantPermission("r", null),
            new AuthCommand.RevokePermission("r", none, none))) {
      apply(command, new Result.AuthChange(5), 0);
    }
    assertThat(meter.report().byCommand())
        .containsOnlyKeys(
            "Compaction",
            "AuthEnable",
            "AuthDisable",
            "Authenticate",
            "AuthUserAdd",
            "AuthUserDelete",
            "AuthUserChangePassword",
            "AuthUserGrantRole",
            "AuthUserRevokeRole",
            "AuthRoleAdd",
            "AuthRoleDelete",
            "AuthRoleGrantPermission",
            "AuthRoleRevokePermission");
  }

  @Test
  void leasesAreCounted() {
    meter.entryBegins(1);
    apply(new Command.LeaseGrant(9, 60), new Result.LeaseGrant(1, 9, 60), 0);
    apply(new Command.LeaseGrant(9, 60), new Result.Rejected(1, ErrorCode.LEASE_EXISTS), 0);
    apply(new Command.LeaseRevoke(9, Command.ANY_TERM), new Result.LeaseRevoke(1), 0);
    ApplyMeter.Report report = meter.report();
    assertThat(report.leasesGranted()).isEqualTo(1);
    assertThat(report.leasesRevoked()).isEqualTo(1);
    assertThat(report.timesToLive().sumSeconds()).isEqualTo(60);
  }

  @Test
  void theSumOfTimesToLiveDoesNotOverflow() {
    meter.entryBegins(1);
    long longest = 9_000_000_000L;
    for (long id = 1; id <= 3; id++) {
      apply(new Command.LeaseGrant(id, longest), new Result.LeaseGrant(1, id, longest), 0);
    }
    assertThat(meter.report().timesToLive().count()).isEqualTo(3);
    assertThat(meter.report().timesToLive().sumSeconds()).isEqualTo(2.7e10);
  }

  @Test
  void aSlowCommandIsCountedAndLoggedWithoutWhatItWrites() {
    try (CapturedLog log = CapturedLog.of(ApplyMeterTest.class)) {
      meter.entryBegins(42);
      apply(put(), new Result.Put(2, null), 150);
      assertThat(meter.report().slow()).isEqualTo(1);
      assertThat(log.lines())
          .containsExactly(
              "apply request took too long: took 150ms, expected-duration 100ms, request Put, index"
                  + " 42");
    }
  }
}
