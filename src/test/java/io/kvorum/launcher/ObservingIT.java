package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.testing.Await;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import io.kvorum.tracing.Collector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bin/kvorum} shows its operators, Liberty's part of it included. */
@Timeout(600)
final class ObservingIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  @TempDir private Path directory;

  private static HttpResponse<String> put(URI endpoint) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(endpoint.resolve("/v3/kv/put"))
                .header("traceparent", "00-" + TRACE + "-" + SPAN + "-01")
                .POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"YQ==\",\"value\":\"Yg==\"}"))
                .timeout(SOON)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void everyLineIsJsonInEveryOutputAndACallOfJsonIsASpanOfItsClient() throws Exception {
    Path log = directory.resolve("kvorum.log");
    try (Collector collector = new Collector();
        ServerProcess member =
            ServerProcess.start(
                ServerKind.KVORUM,
                directory.resolve("m"),
                List.of(
                    "--log-format=json",
                    "--log-level=debug",
                    "--log-outputs=stdout," + log,
                    "--enable-log-rotation",
                    "--log-rotation-config-json={\"maxsize\":1,\"compress\":true}",
                    "--warning-unary-request-duration=1ns",
                    "--enable-distributed-tracing",
                    "--distributed-tracing-address=" + collector.address()),
                Map.of())) {
      assertThat(put(member.endpoint()).statusCode()).isEqualTo(200);
      Await.until(
          "the span of the call",
          SOON,
          () ->
              collector.spans().stream()
                  .anyMatch(
                      each ->
                          each.span().getName().equals("etcdserverpb.KV/Put")
                              && each.traceId().equals(TRACE)
                              && each.parentId().equals(SPAN)
                              && "json".equals(each.attributes().get("kvorum.face"))));
      Await.until(
          "a line about the call", SOON, () -> Files.readString(log).contains("request stats"));
      assertThat(member.terminate()).isZero();
      List<String> lines = Files.readAllLines(log);
      assertThat(member.stdout()).isEqualTo(lines);
      assertThat(member.stderr()).isEmpty();
      for (String line : lines) {
        JsonObject object = JsonParser.parseString(line).getAsJsonObject();
        assertThat(object.keySet()).as(line).containsAll(Set.of("level", "ts", "caller", "msg"));
      }
      assertThat(lines.get(lines.size() - 1)).contains("\"msg\":\"stopped\"");
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsRefusedInOneLine() throws Exception {
    try (ServerProcess refused =
        ServerProcess.kvorum(
            "--log-outputs=/absent/kvorum.log", "--data-dir=" + directory.resolve("refused"))) {
      assertThat(refused.awaitExit()).isEqualTo(2);
      assertThat(refused.stderr())
          .containsExactly(
              "kvorum: invalid value \"/absent/kvorum.log\" for flag --log-outputs: no such file or"
                  + " directory");
      assertThat(directory.resolve("refused")).doesNotExist();
    }
  }
}
