package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.kvorum.testing.Await;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a running member answers to operators, and how its HTTP side behaves as a whole. */
@ExtendWith(SharedServer.class)
final class OpsEndpointsIT {
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI endpoint;

  OpsEndpointsIT(ServerUnderTest server) {
    endpoint = server.endpoint();
  }

  @BeforeEach
  void onlyKvorum() {
    assumeFalse(ServerUnderTest.isReference34(), "etcd 3.4 has not all of these");
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(endpoint.resolve(path))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .timeout(Duration.ofSeconds(30))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send("GET", path, "");
  }

  private double metric(String name) {
    try {
      Matcher line =
          Pattern.compile("^" + name + " (\\S+)$", Pattern.MULTILINE)
              .matcher(get("/metrics").body());
      assertThat(line.find()).as(name).isTrue();
      return Double.parseDouble(line.group(1));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aServingMemberLivesAndIsReadyInAllItsChecks() throws Exception {
    assertThat(get("/livez").body()).isEqualTo("ok\n");
    assertThat(get("/livez/serializable_read").body()).isEqualTo("ok\n");
    assertThat(get("/readyz?verbose").body())
        .isEqualTo(
            """
            [+]data_corruption ok
            [+]serializable_read ok
            [+]linearizable_read ok
            [+]non_learner ok
            ok
            """);
    assertThat(get("/readyz?verbose&exclude=linearizable_read&exclude=non_learner").body())
        .isEqualTo("[+]data_corruption ok\n[+]serializable_read ok\nok\n");
    assertThat(get("/readyz/linearizable_read").statusCode()).isEqualTo(200);
    assertThat(get("/readyz/nothing").statusCode()).isEqualTo(404);
    assertThat(get("/livez/linearizable_read").statusCode()).isEqualTo(404);
  }

  @Test
  void theOldHealthQuestionTakesItsParameters() throws Exception {
    for (String path :
        List.of("/health", "/health?serializable=true", "/health?exclude=NOSPACE&exclude=X")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");
    }
  }

  @Test
  void aClientThatOffersToSpeakHttp2IsAnsweredInHttp1() throws Exception {
    HttpClient offering = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
    HttpResponse<String> answer =
        offering.send(
            HttpRequest.newBuilder(endpoint.resolve("/v3/kv/put"))
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"key\":\"b3BzL2gyYw==\",\"value\":\"MQ==\"}"))
                .timeout(Duration.ofSeconds(30))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
  }

  @Test
  void onlyGetIsAllowedThere() throws Exception {
    for (String path : List.of("/health", "/livez", "/readyz", "/version")) {
      HttpResponse<String> answer = send("POST", path, "");
      assertThat(answer.statusCode()).as(path).isEqualTo(405);
      assertThat(answer.headers().firstValue("Allow")).hasValue("GET");
    }
  }

  @Test
  void metricsFollowWhatHappens() throws Exception {
    double revision = metric("etcd_debugging_mvcc_current_revision");
    double puts = metric("etcd_mvcc_put_total");
    double flushes = metric("etcd_disk_wal_fsync_duration_seconds_count");
    send("POST", "/v3/kv/put", "{\"key\":\"b3BzL21ldHJpY3M=\",\"value\":\"MQ==\"}");
    assertThat(metric("etcd_debugging_mvcc_current_revision")).isGreaterThan(revision);
    assertThat(metric("etcd_mvcc_put_total")).isGreaterThan(puts);
    assertThat(metric("etcd_disk_wal_fsync_duration_seconds_count")).isGreaterThan(flushes);
    assertThat(metric("etcd_server_has_leader")).isEqualTo(1);
    assertThat(metric("process_resident_memory_bytes")).isGreaterThan(10e6);
    assertThat(get("/metrics").headers().firstValue("Content-Type"))
        .hasValue("text/plain; version=0.0.4; charset=utf-8");
  }

  @Test
  void everyAnswerCarriesCorsHeadersAndOptionsIsAnsweredAtOnce() throws Exception {
    for (HttpResponse<String> answer :
        List.of(
            get("/version"),
            get("/nothing"),
            send("OPTIONS", "/v3/kv/put", ""),
            send("POST", "/v3/kv/put", "{}"),
            send("POST", "/v3/nothing", "{}"))) {
      assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).hasValue("*");
      assertThat(answer.headers().firstValue("Access-Control-Allow-Methods"))
          .hasValue("POST, GET, OPTIONS, PUT, DELETE");
      assertThat(answer.headers().firstValue("Access-Control-Allow-Headers"))
          .hasValue("accept, content-type, authorization");
    }
    assertThat(send("OPTIONS", "/v3/kv/put", "").statusCode()).isEqualTo(200);
  }

  @Test
  void unknownPathsAreNotFoundInTheFormOfTheirPart() throws Exception {
    assertThat(get("/nothing").body()).isEqualTo("404 page not found\n");
    for (String path : List.of("/v3/nothing", "/v3/kv/put/", "/v3beta/nothing")) {
      HttpResponse<String> answer = send("POST", path, "{}");
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(answer.body()).as(path).isEqualTo("{\"code\":5,\"message\":\"Not Found\"}");
    }
  }

  @Test
  void wrongMethodsAreUnimplemented() throws Exception {
    for (String path : List.of("/v3/kv/range", "/v3/kv/txn", "/v3/watch", "/v3/auth/enable")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.statusCode()).as(path).isEqualTo(501);
      assertThat(answer.body())
          .as(path)
          .isEqualTo("{\"code\":12,\"message\":\"Method Not Allowed\"}");
    }
  }

  @Test
  void theOldPathsMeanTheNewOnes() throws Exception {
    assertThat(
            send("POST", "/v3beta/kv/put", "{\"key\":\"b3BzL2JldGE=\",\"value\":\"MQ==\"}")
                .statusCode())
        .isEqualTo(200);
    assertThat(send("POST", "/v3beta/kv/range", "{\"key\":\"b3BzL2JldGE=\"}").body())
        .contains("\"value\":\"MQ==\"");
    assertThat(
            send("POST", "/v3beta/kv/txn", "{\"success\":[{\"request_range\":{\"key\":\"YQ==\"}}]}")
                .body())
        .contains("\"succeeded\":true");
  }

  @Test
  void aRequestThatIsFarTooLargeIsRefused() throws Exception {
    HttpResponse<String> answer =
        send("POST", "/v3/kv/put", "{\"key\":\"YQ==\",\"value\":\"" + "A".repeat(6 << 20) + "\"}");
    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body())
        .startsWith("{\"code\":8,\"message\":\"grpc: received message larger than max (");
  }

  @Test
  void theWatchesOfClientsThatLeaveWithoutAWordAreRemoved() throws IOException {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Socket client = new Socket(endpoint.getHost(), endpoint.getPort());
      client.setSoTimeout(30_000);
      client
          .getOutputStream()
          .write(
              ("POST /v3/watch HTTP/1.1\r\nHost: x\r\nContent-Length: 42\r\n\r\n"
                      + "{\"create_request\":{\"key\":\"b3BzL2dvbmU=\"}}\n")
                  .getBytes(StandardCharsets.US_ASCII));
      clients.add(client);
    }
    for (Socket client : clients) {
      Scanner answer = new Scanner(client.getInputStream(), StandardCharsets.US_ASCII);
      assertThat(answer.findWithinHorizon("\"created\":true", 0)).isNotNull();
    }
    String watchers = "etcd_debugging_mvcc_watcher_total";
    assertThat(metric(watchers)).isGreaterThanOrEqualTo(5);
    for (Socket client : clients) {
      client.close();
    }
    // Nor do the clients of other tests leave any behind.
    Await.until("no watchers in the metrics", Duration.ofSeconds(60), () -> metric(watchers) == 0);
  }
}
