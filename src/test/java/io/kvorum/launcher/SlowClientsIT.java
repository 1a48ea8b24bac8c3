package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Ports;
import io.kvorum.testing.RawHttp;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/1.1 clients of the real launcher that are slow, half gone or wrong, beside others. */
@Timeout(600)
final class SlowClientsIT {
  private static final int SLOW_CLIENTS = 500;
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

  @TempDir private static Path directory;
  private static URI client;
  private static ServerProcess member;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() throws Exception {
    client = Ports.freeUrl();
    member =
        ServerProcess.kvorum(
            Path.of("bin/kvorum").toAbsolutePath(),
            Map.of("JVM_ARGS", "-Xmx512m"),
            "--data-dir=" + directory.resolve("m"),
            "--listen-client-urls=" + client,
            "--kvorum-admin-url=");
    member.awaitReady();
    member.awaitLogged("JSON clients are served");
  }

  @AfterAll
  static void stop() throws Exception {
    member.close();
  }

  private HttpResponse<String> send(String path, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(client.resolve(path)).timeout(Duration.ofSeconds(60));
    return http.send(
        body.isEmpty()
            ? request.build()
            : request.POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** At any pace: that the slow ones are still there then shows that nobody waits for their end. */
  private void assertOthersAreServed() throws Exception {
    assertThat(send("/v3/kv/put", PUT).statusCode()).isEqualTo(200);
    for (int i = 0; i < 10; i++) {
      for (String page : List.of("/livez", "/readyz", "/health", "/version", "/metrics")) {
        assertThat(send(page, "").statusCode()).as(page).isEqualTo(200);
      }
      assertThat(send("/v3/kv/put", PUT).statusCode()).isEqualTo(200);
      assertThat(send("/v3/kv/range", "{\"key\":\"YQ==\"}").body()).contains("\"value\":\"Yg==\"");
      assertThat(send("/v3/kv/txn", "{}").statusCode()).isEqualTo(200);
    }
  }

  private static void closeAll(List<RawHttp> connections) throws IOException {
    for (RawHttp connection : connections) {
      connection.close();
    }
  }

  @Test
  void othersAreServedWhile500ClientsDoNotSendTheirBodies() throws Exception {
    List<RawHttp> slow = new ArrayList<>();
    String[] paths = {"/v3/kv/put", "/v3/kv/txn", "/v3/kv/range", "/v3/watch", "/v3/lease/grant"};
    try {
      for (int i = 0; i < SLOW_CLIENTS; i++) {
        RawHttp connection = RawHttp.connect(client);
        slow.add(connection);
        switch (i % 4) {
          case 0 -> {}
          case 1 -> connection.send("POST /v3/kv/put HTTP/1.1\r\nHo");
          default ->
              connection.send(
                  "POST "
                      + paths[i % paths.length]
                      + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
        }
      }
      assertOthersAreServed();
      // The first of those that began a put: it is a whole one now, without a key.
      RawHttp late = slow.get(10);
      late.send("}" + " ".repeat(98));
      assertThat(late.head()).startsWith("HTTP/1.1 400 ");
    } finally {
      closeAll(slow);
    }
  }

  /** In a heap of 512 MiB: what is allowed is not refused because others are slow as well. */
  @Test
  void largePutsThatAreSentSlowlyAllSucceed() throws Exception {
    String value = "A".repeat(1_466_668);
    String body = "{\"key\":\"c2xvdw==\",\"value\":\"" + value + "\"}";
    List<RawHttp> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 64; i++) {
        RawHttp connection = RawHttp.connect(client);
        slow.add(connection);
        connection.send(
            "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n");
      }
      int parts = 8;
      for (int part = 0; part < parts; part++) {
        int from = body.length() * part / parts;
        int to = body.length() * (part + 1) / parts;
        for (RawHttp connection : slow) {
          connection.send(body.substring(from, to));
        }
        if (part == parts / 2) {
          assertOthersAreServed();
        }
      }
      for (RawHttp connection : slow) {
        assertThat(connection.head()).startsWith("HTTP/1.1 200 ");
      }
    } finally {
      closeAll(slow);
    }
  }

  @Test
  void othersAreServedWhileClientsDoNotReadTheirAnswers() throws Exception {
    String value = "A".repeat(1_000_000);
    assertThat(
            send("/v3/kv/put", "{\"key\":\"bGFyZ2U=\",\"value\":\"" + value + "\"}").statusCode())
        .isEqualTo(200);
    List<RawHttp> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        RawHttp connection = RawHttp.connect(client);
        silent.add(connection);
        for (int request = 0; request < 10; request++) {
          connection.post("/v3/kv/range", "{\"key\":\"bGFyZ2U=\"}");
        }
      }
      assertOthersAreServed();
      RawHttp first = silent.get(0);
      first.endOutput();
      assertThat(first.toTheEnd().split("HTTP/1.1 200 ", -1)).as("ten answers").hasSize(11);
    } finally {
      closeAll(silent);
    }
  }

  @Test
  void clientsThatGoAwayOrAreWrongLeaveNoTrace() throws Exception {
    Path logs = directory.resolve("m/liberty/logs");
    List<String> before = files(logs);
    String log = Files.readString(logs.resolve("messages.log"));
    List<String> complaints = member.complaints();
    for (String path : List.of("/v3/kv/put", "/v3/kv/txn", "/v3/watch", "/v3/lease/keepalive")) {
      String head = "POST " + path + " HTTP/1.1\r\nHost: x\r\n";
      for (String rest :
          List.of(
              "Content-Length: 100\r\n\r\n{\"key\":",
              "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"key\":\r\n",
              "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"ke")) {
        RawHttp reset = RawHttp.connect(client);
        reset.send(head + rest);
        reset.reset();
        RawHttp closed = RawHttp.connect(client);
        closed.send(head + rest);
        closed.close();
        try (RawHttp half = RawHttp.connect(client)) {
          half.send(head + rest);
          half.endOutput();
          assertThat(half.toTheEnd()).as(path + rest).doesNotContain("<html", "<!DOCTYPE");
        }
      }
      try (RawHttp broken = RawHttp.connect(client)) {
        broken.send(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
        String answer = broken.toTheEnd();
        assertThat(answer).as(path).startsWith("HTTP/1.1 400 Bad Request\r\n");
        assertThat(answer).as(path).contains("{\"code\":3,\"message\":");
      }
    }
    RawHttp silent = RawHttp.connect(client);
    silent.post("/v3/kv/put", PUT);
    silent.reset();
    assertOthersAreServed();
    assertThat(files(logs)).isEqualTo(before);
    assertThat(Files.readString(logs.resolve("messages.log"))).isEqualTo(log);
    assertThat(member.complaints()).isEqualTo(complaints);
  }

  private static List<String> files(Path logs) throws IOException {
    try (Stream<Path> all = Files.walk(logs)) {
      return all.map(Path::toString).sorted().toList();
    }
  }

  @Test
  void libertyHasNoSayInWhatARequestIs() throws Exception {
    String[][] requests = {
      {
        "POST /v3/kv%2Frange HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        "400",
        "key is not"
      },
      {"POST /v3/kv%00 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", "404", "\"code\":5"},
      {"POST /v3/kv/range HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n", "417", "417 Exp"},
      {"POST /v3/kv/range HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "400", "400 Bad"},
      {
        "POST /v3/kv/txn HTTP/1.1\r\nHost: x\r\nContent-Type: ,;\r\nAccept: text/html\r\nX: "
            + "x".repeat(60_000)
            + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        "200",
        "\"header\":{"
      },
      {
        "POST /v3/kv/txn HTTP/1.1\r\nHost: x\r\n"
            + "X-Many: y\r\n".repeat(4_000)
            + "Content-Length: 2\r\nConnection: close\r\n\r\n{}",
        "200",
        "\"header\":{"
      },
    };
    for (String[] request : requests) {
      try (RawHttp connection = RawHttp.connect(client)) {
        connection.send(request[0]);
        connection.endOutput();
        assertThat(connection.toTheEnd())
            .as(request[0].substring(0, 40))
            .startsWith("HTTP/1.1 " + request[1] + " ")
            .contains(request[2])
            .doesNotContain("<html");
      }
    }
  }

  @Test
  void eachMessageOfAWatchIsOneChunk() throws Exception {
    try (RawHttp watch = RawHttp.connect(client)) {
      String key = base64("chunk/");
      watch.post(
          "/v3/watch",
          "{\"create_request\":{\"key\":\""
              + key
              + "\",\"range_end\":\""
              + base64("chunk0")
              + "\"}}");
      assertThat(watch.head()).startsWith("HTTP/1.1 200 OK").contains("chunked");
      assertThat(watch.chunk()).contains("\"created\":true").endsWith("}\n");
      for (int i = 0; i < 300; i++) {
        // 100 KB and more now and then, most of them short.
        String value = base64("v".repeat(i % 30 == 0 ? 30_000 + i * 250 : i));
        assertThat(
                send(
                        "/v3/kv/put",
                        "{\"key\":\"" + base64("chunk/" + i) + "\",\"value\":\"" + value + "\"}")
                    .statusCode())
            .isEqualTo(200);
      }
      int events = 0;
      while (events < 300) {
        String message = watch.chunk();
        assertThat(message).startsWith("{\"result\":{").endsWith("}\n");
        assertThat(message.indexOf('\n')).isEqualTo(message.length() - 1);
        events += message.split("\"kv\":", -1).length - 1;
      }
      assertThat(events).isEqualTo(300);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
