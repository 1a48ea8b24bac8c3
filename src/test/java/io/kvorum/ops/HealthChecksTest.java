package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.grpc.PlainAnswer;
import io.kvorum.model.Alarm;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.ops.HealthChecks.Check;
import io.kvorum.ops.HealthChecks.Health;
import io.kvorum.ops.HealthChecks.Probe;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HealthChecksTest {
  private List<Alarm> alarms = List.of();
  private boolean hasLeader = true;
  private boolean isLearner;
  private CompletableFuture<?> linearizable = CompletableFuture.completedFuture("");
  private CompletableFuture<?> serializable = CompletableFuture.completedFuture("");

  private final HealthChecks checks =
      new HealthChecks(
          HealthChecks.READ_LIMIT,
          isSerializable -> isSerializable ? serializable : linearizable,
          () -> alarms,
          () -> hasLeader,
          () -> isLearner);

  private Health health(boolean isSerializable, String... excluded) {
    return checks.health(Set.of(excluded), isSerializable).getNow(new Health(false, "not done"));
  }

  private PlainAnswer probe(Probe probe, boolean isVerbose) {
    return HealthAnswers.probe(checks.run(probe, probe.checks()).join(), isVerbose);
  }

  private static CompletableFuture<?> failure(ErrorCode code) {
    return CompletableFuture.failedFuture(new RequestException(code));
  }

  @Test
  void aHealthyMemberSaysSoInOneObject() {
    assertThat(HealthAnswers.health(health(false)))
        .isEqualTo(
            new PlainAnswer(
                200, "text/plain; charset=utf-8", "{\"health\":\"true\",\"reason\":\"\"}"));
  }

  @Test
  void anAlarmMakesItUnhealthyUnlessItIsExcluded() {
    alarms = List.of(new Alarm(1, Alarm.Kind.NOSPACE));
    assertThat(HealthAnswers.health(health(false)))
        .isEqualTo(
            new PlainAnswer(
                503,
                "text/plain; charset=utf-8",
                "{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}\n"));
    assertThat(health(true).reason()).isEqualTo("ALARM NOSPACE");
    assertThat(health(false, "NOSPACE").isHealthy()).isTrue();
    assertThat(health(false, "CORRUPT").isHealthy()).isFalse();
  }

  @Test
  void withoutALeaderOnlyTheSerializableQuestionIsAnsweredWell() {
    hasLeader = false;
    linearizable = failure(ErrorCode.NO_LEADER);
    assertThat(health(false).reason()).isEqualTo("RAFT NO LEADER");
    assertThat(health(true).isHealthy()).isTrue();
  }

  @Test
  void withoutALeaderNoProbeWaitsForOne() {
    hasLeader = false;
    linearizable = new CompletableFuture<>();
    assertThat(health(false)).isEqualTo(new Health(false, "RAFT NO LEADER"));
    assertThat(checks.run(Probe.READYZ, Probe.READYZ.checks())).isDone();
    assertThat(probe(Probe.READYZ, false).body())
        .isEqualTo(
            """
            [+]data_corruption ok
            [+]serializable_read ok
            [-]linearizable_read failed: etcdserver: no leader
            [+]non_learner ok

            """);
    assertThat(probe(Probe.LIVEZ, false).status()).isEqualTo(200);
  }

  @Test
  void aReadThatIsNotAnsweredInTimeHasFailed() {
    HealthChecks impatient =
        new HealthChecks(
            Duration.ofMillis(1),
            isSerializable -> new CompletableFuture<>(),
            List::of,
            () -> true,
            () -> false);
    assertThat(impatient.health(Set.of(), false).join())
        .isEqualTo(new Health(false, "RANGE ERROR:etcdserver: request timed out"));
    assertThat(HealthAnswers.probe(impatient.run(Probe.LIVEZ, Probe.LIVEZ.checks()).join(), false))
        .isEqualTo(
            new PlainAnswer(
                503,
                "text/plain; charset=utf-8",
                "[-]serializable_read failed: etcdserver: request timed out\n\n"));
    assertThat(impatient.stats().unhealthy()).isEqualTo(1);
  }

  @Test
  void aLearnerIsAliveAndHealthyButNotReady() {
    isLearner = true;
    assertThat(health(false).isHealthy()).isTrue();
    assertThat(probe(Probe.LIVEZ, false).status()).isEqualTo(200);
    assertThat(probe(Probe.READYZ, false).status()).isEqualTo(503);
  }

  @Test
  void aReadThatFailsIsNamedWithItsError() {
    linearizable = failure(ErrorCode.TIMEOUT);
    assertThat(health(false).reason()).isEqualTo("RANGE ERROR:etcdserver: request timed out");
  }

  @Test
  void aReadThatIsRefusedOnTheSpotIsAProblemToo() {
    HealthChecks refusing =
        new HealthChecks(
            HealthChecks.READ_LIMIT,
            isSerializable -> {
              throw new RequestException(ErrorCode.TOO_MANY_REQUESTS);
            },
            List::of,
            () -> true,
            () -> false);
    assertThat(refusing.health(Set.of(), false).join().reason())
        .isEqualTo("RANGE ERROR:etcdserver: too many requests");
  }

  @Test
  void theAnswerWaitsForTheRead() {
    CompletableFuture<String> pending = new CompletableFuture<>();
    linearizable = pending;
    CompletableFuture<Health> health = checks.health(Set.of(), false);
    assertThat(health).isNotDone();
    pending.complete("");
    assertThat(health).isCompletedWithValue(new Health(true, ""));
  }

  @Test
  void aReadyMemberAnswersOkAndListsTheChecksOnlyIfVerbose() {
    assertThat(probe(Probe.READYZ, false).body()).isEqualTo("ok\n");
    assertThat(probe(Probe.READYZ, true).body())
        .isEqualTo(
            """
            [+]data_corruption ok
            [+]serializable_read ok
            [+]linearizable_read ok
            [+]non_learner ok
            ok
            """);
    assertThat(probe(Probe.LIVEZ, true).body()).isEqualTo("[+]serializable_read ok\nok\n");
  }

  @Test
  void failedChecksAreAlwaysListed() {
    alarms = List.of(new Alarm(1, Alarm.Kind.CORRUPT));
    linearizable = failure(ErrorCode.NO_LEADER);
    isLearner = true;
    PlainAnswer answer = probe(Probe.READYZ, false);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body())
        .isEqualTo(
            """
            [-]data_corruption failed: alarm activated: CORRUPT
            [+]serializable_read ok
            [-]linearizable_read failed: etcdserver: no leader
            [-]non_learner failed: not supported for learner

            """);
    assertThat(probe(Probe.LIVEZ, false).status()).isEqualTo(200);
  }

  @Test
  void aFullDiskDoesNotMakeItUnready() {
    alarms = List.of(new Alarm(1, Alarm.Kind.NOSPACE));
    assertThat(probe(Probe.READYZ, false).status()).isEqualTo(200);
  }

  @Test
  void outcomesAreCounted() {
    health(false);
    linearizable = failure(ErrorCode.TIMEOUT);
    health(false);
    health(false);
    probe(Probe.READYZ, false);
    linearizable = CompletableFuture.completedFuture("");
    checks.run(Probe.READYZ, List.of(Check.LINEARIZABLE_READ)).join();

    HealthChecks.HealthStats stats = checks.stats();
    assertThat(stats.healthy()).isEqualTo(1);
    assertThat(stats.unhealthy()).isEqualTo(2);
    assertThat(stats.checks())
        .containsEntry(
            new HealthChecks.CheckKey("readyz", "linearizable_read"),
            new HealthChecks.Counts(1, 1, true))
        .containsEntry(
            new HealthChecks.CheckKey("readyz", "non_learner"), new HealthChecks.Counts(1, 0, true))
        .doesNotContainKey(new HealthChecks.CheckKey("livez", "serializable_read"));
  }
}
