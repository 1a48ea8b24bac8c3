package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.grpc.OperatorPages;
import io.kvorum.grpc.PlainAnswer;
import io.kvorum.ops.HealthChecks.Outcome;
import io.kvorum.ops.HealthChecks.Probe;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemberPagesTest {
  private boolean hasLeader = true;
  private final MemberPages pages = new MemberPages();
  private final HealthChecks checks =
      new HealthChecks(
          HealthChecks.READ_LIMIT,
          isSerializable -> CompletableFuture.completedFuture(""),
          List::of,
          () -> hasLeader,
          () -> false);

  private String clusterVersion = "3.7.0";

  private void serve() {
    serve(EtcdMetricsTest::report);
  }

  private void serve(Supplier<MemberReport> reports) {
    pages.recovering();
    pages.serving(checks, reports, () -> clusterVersion);
  }

  private PlainAnswer get(String path, String... parameters) throws Exception {
    return send("GET", path, parameters);
  }

  private PlainAnswer send(String method, String path, String... parameters) throws Exception {
    Map<String, List<String>> byName = new HashMap<>();
    for (String parameter : parameters) {
      int equals = parameter.indexOf('=');
      String name = equals < 0 ? parameter : parameter.substring(0, equals);
      byName.put(name, List.of(equals < 0 ? "" : parameter.substring(equals + 1)));
    }
    return pages
        .answer(new OperatorPages.Request(method, path, byName, OperatorPages.Visitor.UNKNOWN))
        .get(30, TimeUnit.SECONDS);
  }

  private static PlainAnswer ok(String text) {
    return new PlainAnswer(200, "text/plain; charset=utf-8", text);
  }

  private static PlainAnswer unavailable(String text) {
    return new PlainAnswer(503, "text/plain; charset=utf-8", text + "\n");
  }

  @Test
  void onlyEtcdsPagesAreThere() {
    for (String path :
        List.of(
            "/health",
            "/livez",
            "/livez/x",
            "/readyz",
            "/readyz/linearizable_read",
            "/version",
            "/metrics",
            "/debug/vars")) {
      assertThat(pages.has(path)).as(path).isTrue();
    }
    for (String path :
        List.of("", "/", "/health/", "/livezy", "/version/x", "/v3/kv/put", "/debug/pprof/")) {
      assertThat(pages.has(path)).as(path).isFalse();
    }
  }

  @Test
  void aMemberThatStartsIsAliveAndNotReady() throws Exception {
    assertThat(get("/livez")).isEqualTo(ok("ok\n"));
    assertThat(get("/health"))
        .isEqualTo(unavailable("{\"health\":\"false\",\"reason\":\"STARTING\"}"));
    pages.recovering();
    assertThat(get("/livez")).isEqualTo(ok("ok\n"));
    assertThat(get("/livez", "verbose")).isEqualTo(ok("ok\n"));
    assertThat(get("/livez/serializable_read"))
        .isEqualTo(unavailable("[-]serializable_read failed: the member is recovering\n"));
    assertThat(get("/readyz"))
        .isEqualTo(
            unavailable(
                """
                [-]data_corruption failed: the member is recovering
                [-]serializable_read failed: the member is recovering
                [-]linearizable_read failed: the member is recovering
                [-]non_learner failed: the member is recovering
                """));
    assertThat(get("/health"))
        .isEqualTo(unavailable("{\"health\":\"false\",\"reason\":\"RECOVERING\"}"));
    assertThat(get("/health", "serializable=true").status()).isEqualTo(503);
  }

  @Test
  void theVersionOfTheClusterIsDecidedWithTheRecovery() throws Exception {
    assertThat(get("/version"))
        .isEqualTo(
            PlainAnswer.json(
                "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"not_decided\",\"storage\":\"unknown\"}"));
    serve();
    assertThat(get("/version"))
        .isEqualTo(
            PlainAnswer.json(
                "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"3.7.0\",\"storage\":\"3.7.0\"}"));
    clusterVersion = "3.6.0";
    assertThat(get("/version"))
        .isEqualTo(
            PlainAnswer.json(
                "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"3.6.0\",\"storage\":\"3.6.0\"}"));
  }

  @Test
  void aServingMemberRunsItsChecks() throws Exception {
    serve();
    assertThat(get("/livez")).isEqualTo(ok("ok\n"));
    assertThat(get("/readyz", "verbose", "exclude=non_learner"))
        .isEqualTo(
            ok(
                """
                [+]data_corruption ok
                [+]serializable_read ok
                [+]linearizable_read ok
                ok
                """));
    assertThat(get("/health")).isEqualTo(ok("{\"health\":\"true\",\"reason\":\"\"}"));
    hasLeader = false;
    assertThat(get("/livez").status()).isEqualTo(200);
    assertThat(get("/readyz/linearizable_read"))
        .isEqualTo(unavailable("[-]linearizable_read failed: etcdserver: no leader\n"));
    assertThat(get("/health"))
        .isEqualTo(unavailable("{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}"));
    assertThat(get("/health", "serializable=true").status()).isEqualTo(200);
  }

  @Test
  void checksThatAreNotThereAreNotFound() throws Exception {
    for (String path : List.of("/livez/linearizable_read", "/readyz/x", "/livez/")) {
      assertThat(get(path)).as(path).isEqualTo(PlainAnswer.notFound());
    }
  }

  @Test
  void onlyMetricsCanBeAskedForByAnyMethod() throws Exception {
    for (String path : List.of("/health", "/livez", "/readyz", "/version", "/debug/vars")) {
      for (String method : List.of("POST", "HEAD", "PUT")) {
        PlainAnswer answer = send(method, path);
        assertThat(answer.status()).as(path).isEqualTo(405);
        assertThat(answer.allow()).isEqualTo("GET");
        assertThat(answer.body()).isEqualTo("Method Not Allowed\n");
      }
    }
    assertThat(send("POST", "/metrics").status()).isEqualTo(200);
  }

  @Test
  void aStoppingMemberIsAliveAndNotReady() throws Exception {
    serve();
    pages.stopping();
    assertThat(get("/livez")).isEqualTo(ok("ok\n"));
    assertThat(get("/readyz/non_learner"))
        .isEqualTo(unavailable("[-]non_learner failed: the member is stopping\n"));
    assertThat(get("/health"))
        .isEqualTo(unavailable("{\"health\":\"false\",\"reason\":\"STOPPING\"}"));
    assertThat(get("/version").body()).contains("3.7.0");
  }

  @Test
  void aRemovedMemberSaysSo() throws Exception {
    pages.recovering();
    pages.removed();
    assertThat(get("/livez").status()).isEqualTo(200);
    assertThat(get("/readyz").body())
        .startsWith("[-]data_corruption failed: the member has been removed from the cluster\n");
  }

  @Test
  void metricsAreThereFromTheFirstMomentToTheLast() throws Exception {
    assertThat(get("/metrics").contentType()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    assertThat(get("/metrics").body())
        .contains(
            "\netcd_server_has_leader 0\n",
            "\netcd_server_version{server_version=\"3.7.1\"} 1\n",
            "\nkvorum_phase{phase=\"starting\"} 1\n",
            "\nkvorum_phase{phase=\"serving\"} 0\n",
            "\nprocess_start_time_seconds ");
    serve();
    assertThat(get("/metrics").body())
        .contains(
            "\netcd_server_has_leader 1\n",
            "\netcd_mvcc_put_total 40\n",
            "\nkvorum_phase{phase=\"starting\"} 0\n",
            "\nkvorum_phase{phase=\"serving\"} 1\n");
    serve(
        () -> {
          throw new IllegalStateException("closed");
        });
    pages.stopping();
    assertThat(get("/metrics").body())
        .contains("\netcd_server_has_leader 0\n", "\nkvorum_phase{phase=\"stopping\"} 1\n");
  }

  @Test
  void variablesAreLinesInGosForm() throws Exception {
    assertThat(get("/debug/vars").contentType()).isEqualTo("application/json; charset=utf-8");
    String form =
        "\\{\n\"file_descriptor_limit\": \\d+,\n"
            + "\"memstats\": \\{\"HeapAlloc\":\\d+,\"HeapSys\":\\d+},\n"
            + "\"raft.status\": %s\n}\n";
    assertThat(get("/debug/vars").body()).matches(String.format(form, "null"));
    serve();
    assertThat(get("/debug/vars").body())
        .matches(
            String.format(
                form,
                "\\{\"id\":\"8e9e05c52164694d\",\"term\":\\d+,\"commit\":\\d+,\"applied\":\\d+,"
                    + "\"lead\":\"[0-9a-f]+\"}"));
  }

  @Test
  void theAdminEndpointSeesWhichChecksAreNotRunYet() {
    assertThat(pages.asAWhole(Probe.LIVEZ).join()).isEmpty();
    assertThat(pages.inPart(Probe.LIVEZ).join()).noneMatch(Outcome::isOk).hasSize(1);
    serve();
    assertThat(pages.asAWhole(Probe.LIVEZ).join()).allMatch(Outcome::isOk).hasSize(1);
    assertThat(pages.inPart(Probe.READYZ).join()).allMatch(Outcome::isOk).hasSize(4);
  }
}
