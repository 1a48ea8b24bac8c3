package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.grpc.netty.GrpcSslContexts;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import io.kvorum.tls.TestAuthority;
import io.kvorum.tls.TestSockets;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The JSON gateway on a TLS port for the JDK's client, which speaks HTTP/2 there. */
@Paired
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class JsonOverHttp2IT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int LARGE = 1_000_000;

  private Path directory;
  private final int port = Ports.free();
  private final TestAuthority authority;
  private ServerProcess member;
  private HttpClient http;

  JsonOverHttp2IT() throws Exception {
    authority = new TestAuthority("ca");
  }

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    directory = temporary;
    authority.server("server").write(directory, "server");
    member =
        ServerProcess.kvorum(
            "--data-dir=" + directory.resolve("m"),
            "--listen-client-urls=https://127.0.0.1:" + port,
            "--cert-file=" + directory.resolve("server.pem"),
            "--key-file=" + directory.resolve("server.key"),
            "--bcrypt-cost=4",
            "--kvorum-admin-url=");
    member.awaitReady();
    member.awaitLogged("JSON clients are served");
    http =
        HttpClient.newBuilder()
            .sslContext(TestSockets.context(authority, null))
            .version(HttpClient.Version.HTTP_2)
            .build();
  }

  @AfterAll
  void stop() throws Exception {
    member.close();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String pair(String key, String value) {
    return "{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(value) + "\"}";
  }

  private static String named(String key) {
    return "{\"key\":\"" + base64(key) + "\"}";
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path)).timeout(PATIENCE);
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException, InterruptedException {
    HttpResponse<T> response = http.send(request, body);
    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    return response;
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request = request(path).POST(HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return send(request.build(), BodyHandlers.ofString());
  }

  private String call(String path, String body) throws Exception {
    HttpResponse<String> response = post(path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  private static String field(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    assertThat(found.find()).as(json).isTrue();
    return found.group(1);
  }

  @Test
  void whatIsPutIsRead() throws Exception {
    call("/v3/kv/put", pair("read", "value"));
    assertThat(field(call("/v3/kv/range", named("read")), "value")).isEqualTo(base64("value"));
    assertThat(call("/v3beta/kv/range", named("read"))).contains(base64("value"));
    HttpResponse<String> health = send(request("/health").build(), BodyHandlers.ofString());
    assertThat(health.body()).contains("\"health\":\"true\"");
    HttpResponse<String> wrong = post("/v3/kv/range", "{\"key\":7}");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("\"code\":3");
    assertThat(post("/v3/kv/nothing", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void manyRequestsAtATimeAndLargeOnesAreServed() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      HttpRequest put =
          request("/v3/kv/put")
              .POST(HttpRequest.BodyPublishers.ofString(pair("many" + i, "x".repeat(20_000))))
              .build();
      answers.add(http.sendAsync(put, BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
    String all =
        call(
            "/v3/kv/range",
            "{\"key\":\"" + base64("many") + "\",\"range_end\":\"" + base64("manz") + "\"}");
    assertThat(field(all, "count")).isEqualTo("90");
    assertThat(all).hasSizeGreaterThan(90 * 26_000);
    call("/v3/kv/put", pair("large", "y".repeat(LARGE)));
    assertThat(call("/v3/kv/range", named("large"))).hasSizeGreaterThan(LARGE * 4 / 3);
    HttpResponse<String> tooLarge = post("/v3/kv/put", pair("large", "y".repeat(2 * LARGE)));
    assertThat(tooLarge.statusCode()).isEqualTo(400);
    assertThat(tooLarge.body()).contains("etcdserver: request is too large");
  }

  @Test
  void theEventsOfAWatchComeOneByOneUntilItIsGivenUp() throws Exception {
    HttpRequest watch =
        request("/v3/watch")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"create_request\":" + named("watched") + "}"))
            .build();
    HttpResponse<InputStream> answer = send(watch, BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).contains("\"created\":true");
      for (int i = 0; i < 10; i++) {
        call("/v3/kv/put", pair("watched", "value " + i));
        assertThat(lines.readLine()).contains(base64("value " + i));
      }
    }
    call("/v3/kv/put", pair("watched", "nobody sees it"));
  }

  @Test
  void leasesAreKeptAlive() throws Exception {
    String id = field(call("/v3/lease/grant", "{\"TTL\":60}"), "ID");
    String one = "{\"ID\":" + id + "}";
    HttpResponse<String> answer = post("/v3/lease/keepalive", one + one);
    assertThat(answer.body().lines())
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).contains("\"TTL\":\"60\""));
    assertThat(call("/v3/lease/timetolive", one)).contains("\"grantedTTL\":\"60\"");
    call("/v3/lease/revoke", one);
  }

  @Test
  void clientsOfGrpcAreServedBeside() throws Exception {
    call("/v3/kv/put", pair("beside", "json"));
    try (Client client =
        Client.builder()
            .endpoints("https://127.0.0.1:" + port)
            .sslContext(GrpcSslContexts.forClient().trustManager(authority.certificate()).build())
            .build()) {
      ByteSequence key = ByteSequence.from("beside", StandardCharsets.UTF_8);
      assertThat(
              client
                  .getKVClient()
                  .get(key)
                  .get(60, TimeUnit.SECONDS)
                  .getKvs()
                  .get(0)
                  .getValue()
                  .toString())
          .isEqualTo("json");
    }
  }

  @Test
  void tokensNameTheirUsers() throws Exception {
    Path own = directory.resolve("auth");
    int authPort = Ports.free();
    try (ServerProcess guarded =
        ServerProcess.kvorum(
            "--data-dir=" + own,
            "--listen-client-urls=https://127.0.0.1:" + authPort,
            "--cert-file=" + directory.resolve("server.pem"),
            "--key-file=" + directory.resolve("server.key"),
            "--bcrypt-cost=4",
            "--kvorum-admin-url=")) {
      guarded.awaitReady();
      guarded.awaitLogged("JSON clients are served");
      URI base = URI.create("https://127.0.0.1:" + authPort);
      post(base, "/v3/auth/user/add", "{\"name\":\"root\",\"password\":\"secret\"}", "");
      post(base, "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}", "");
      post(base, "/v3/auth/enable", "{}", "");
      HttpResponse<String> nobody = post(base, "/v3/kv/put", pair("a", "b"), "");
      assertThat(nobody.statusCode()).isEqualTo(400);
      assertThat(nobody.body()).contains("etcdserver: user name is empty");
      HttpResponse<String> login =
          post(base, "/v3/auth/authenticate", "{\"name\":\"root\",\"password\":\"secret\"}", "");
      String token = field(login.body(), "token");
      assertThat(post(base, "/v3/kv/put", pair("a", "b"), token).statusCode()).isEqualTo(200);
      assertThat(post(base, "/v3/kv/put", pair("a", "b"), "wrong").statusCode()).isEqualTo(401);
    }
  }

  private HttpResponse<String> post(URI base, String path, String body, String token)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", token);
    }
    return send(request.build(), BodyHandlers.ofString());
  }
}
