package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import io.kvorum.testing.Await;
import io.kvorum.testing.RawHttp;
import io.kvorum.testing.RawWebSocket;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for all calls of the JSON gateway: paths, methods, headers, bodies, WebSockets. */
@ExtendWith(SharedServer.class)
final class JsonGatewayIT {
  private static final String RANGE = "/v3/kv/range";
  private static final String TXN = "/v3/kv/txn";

  private final URI server;
  private final JsonGateway gateway;
  private final String key;

  JsonGatewayIT(ServerUnderTest server, TestInfo test) {
    this.server = server.endpoint();
    this.gateway = new JsonGateway(server.endpoint());
    this.key = Json.base64(ServerUnderTest.prefix(test) + "key");
  }

  @BeforeAll
  static void isAtLevel37() {
    assumeFalse(ServerUnderTest.isReference34(), "the gateway of etcd 3.4 is another one");
  }

  private void refuses(String path, String body, String message) {
    HttpResponse<String> answer = gateway.send(path, body);
    assertThat(answer.statusCode()).as(body).isEqualTo(400);
    JsonObject error = Json.object(answer.body());
    assertThat(error.get("code").getAsInt()).as(body).isEqualTo(3);
    assertThat(error.get("message").getAsString()).as(body).isEqualTo(message);
    assertThat(error.size()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "`` | etcdserver: key is not provided",
        "{} | etcdserver: key is not provided",
        "{\"key\":null} | etcdserver: key is not provided",
        "{\"KEY\":\"Zm9v\"} | etcdserver: key is not provided",
        "null | proto: syntax error (line 1:1): unexpected token null",
        "[] | proto: syntax error (line 1:1): unexpected token [",
        "\"a\" | proto: syntax error (line 1:1): unexpected token \"a\"",
        "1 | proto: syntax error (line 1:1): unexpected token 1",
        "{ | unexpected EOF",
        "{\"key\":\"Zm9v\" | unexpected EOF",
        "{\"key\":} | invalid character '}' looking for beginning of value",
        "{'key':1} | invalid character '\\'' looking for beginning of object key string",
        "{\"key\":\"Zm9v\",} | invalid character '}' looking for beginning of object key string",
        "// c | invalid character '/' looking for beginning of value",
        "\uFEFF{} | invalid character 'ï' looking for beginning of value",
        "NaN | invalid character 'N' looking for beginning of value",
        "{\"limit\":00} | invalid character '0' after object key:value pair",
        "{\"limit\":0x10} | invalid character 'x' after object key:value pair",
        "{\"key\":\"\u0001\"} | invalid character '\\x01' in string literal",
        "{\"key\":\"Zm9v\",\"key\":\"YmFy\"} | proto: (line 1:15): duplicate field \"key\"",
        "{\"range_end\":\"Zg==\",\"rangeEnd\":\"Zg==\"}"
            + " | proto: (line 1:21): duplicate field \"rangeEnd\"",
        "{\"key\":123} | proto: (line 1:8): invalid value for bytes field key: 123",
        "{\"key\":true} | proto: (line 1:8): invalid value for bytes field key: true",
        "{\"key\":[\"a\"]} | proto: (line 1:8): invalid value for bytes field key: [",
        "{\"key\":{}} | proto: (line 1:8): invalid value for bytes field key: {",
        "{\"key\":123,} | invalid character '}' looking for beginning of object key string",
        "{\"serializable\":\"true\"}"
            + " | proto: (line 1:17): invalid value for bool field serializable: \"true\"",
        "{\"serializable\":1}"
            + " | proto: (line 1:17): invalid value for bool field serializable: 1",
        "{\"sort_order\":2147483648}"
            + " | proto: (line 1:15): invalid value for enum field sortOrder: 2147483648",
        "{\"key\":\"Zm9v\",\"sort_order\":7} | etcdserver: invalid sort option",
      })
  void aBodyThatIsWrongIsRefusedInEtcdsWords(String body, String message) {
    refuses(RANGE, body, message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775808",
        "\"9223372036854775808\"",
        "1.5",
        "\"abc\"",
        "\"\"",
        "\" 1\"",
        "\"007\"",
        "true"
      })
  void whatIsNoNumberOf64BitsIsRefusedAsItWasSent(String limit) {
    refuses(
        RANGE,
        "{\"key\":\"Zm9v\",\"limit\":" + limit + "}",
        "proto: (line 1:23): invalid value for int64 field limit: " + limit);
  }

  @ParameterizedTest
  @ValueSource(strings = {"18446744073709551616", "-1"})
  void whatIsNoNumberWithoutASignIsRefused(String id) {
    refuses(
        "/v3/cluster/member/remove",
        "{\"ID\":" + id + "}",
        "proto: (line 1:7): invalid value for uint64 field ID: " + id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Zm9vYg=", "Z m9v", "Zm9v!", "=", "Z", "/-8="})
  void whatIsNotBase64IsRefused(String text) {
    refuses(
        RANGE,
        "{\"key\":\"" + text + "\"}",
        "proto: (line 1:8): invalid value for bytes field key: \"" + text + "\"");
  }

  @Test
  void transactionsAreReadAsStrictly() {
    refuses(
        TXN,
        "{\"success\":[{\"requestRange\":{\"key\":\"Zm9v\"},\"requestPut\":{\"key\":\"Zm9v\"}}]}",
        "proto: (line 1:44): error parsing \"requestPut\", oneof etcdserverpb.RequestOp.request"
            + " is already set");
    refuses(TXN, "{\"success\":[null]}", "proto: syntax error (line 1:13): unexpected token null");
    refuses(TXN, "{\"success\":{}}", "proto: syntax error (line 1:12): unexpected token {");
    refuses(TXN, "{\"success\":[{\"requestRange\":null}]}", "etcdserver: key not found");
    assertThat(gateway.send(TXN, "{\"success\":null}").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'key':'Zm9v'}garbage",
        "{'key':'Zm9v','limit':1.0}",
        "{'key':'Zm9v','limit':1e2}",
        "{'key':'Zm9v','limit':'1e2'}",
        "{'key':'Zm9v','limit':-0}",
        "{'key':'Zm9v','limit':-5}",
        "{'key':'Zm9v','@type':'x','y':[{'z':null}]}",
        "{'key':'Zm9v','sort_order':'FOO'}",
        "{'key':'Zm9v','sort_order':'descend','sort_target':'1'}",
        "{'key':'Zm9='}",
        "{'key':'Zm9'}",
        "{'key':'-_-_'}",
        "{'key':'Z\\nm9v'}",
        "{'\\u006bey':'Zm\\u0039v'}",
      })
  void otherFormsOfAFieldAreRead(String body) {
    gateway.post(RANGE, body);
  }

  @Test
  void namesOfFieldsAreExactAndUnknownNamesOfEnumsTheDefault() {
    gateway.post("/v3/maintenance/alarm", "{'action':'FOO'}");
    JsonObject lease = gateway.postForBody("/v3/lease/grant", "{'ttl':5000}");
    assertThat(lease.get("TTL").getAsInt()).isLessThan(5000);
    gateway.post("/v3/lease/revoke", "{'ID':'" + lease.get("ID").getAsString() + "'}");
  }

  /** Answers in the form of the status, a bar, and the body. */
  private String ask(String method, String path, String body) throws IOException {
    try (RawHttp http = RawHttp.connect(server)) {
      http.send(
          (method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
              + ("Content-Length: " + body.length() + "\r\n\r\n" + body));
      String head = http.head();
      return head.split(" ", 3)[1] + "|" + http.toTheEnd();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/foo",
        "/v2/keys/a",
        "/members",
        "/health/",
        "/v3alpha/kv/range",
        "/v3beta",
        "/debug/pprof/",
        "/etcdserverpb.KV/Range"
      })
  void pathsOutsideOfTheApiAreUnknown(String path) throws IOException {
    assertThat(ask("POST", path, "")).isEqualTo("404|404 page not found\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v3/", "/v3/nope", "/v3/kv/Range", "/v3/kv/range/", "/v3/kv/range:x"})
  void pathsInsideOfTheApiAreUnknownAsJson(String path) throws IOException {
    for (String method : List.of("POST", "GET", "TRACE")) {
      assertThat(ask(method, path, ""))
          .as(method)
          .isEqualTo("404|{\"code\":5,\"message\":\"Not Found\"}");
    }
  }

  @Test
  void aKnownPathTakesPostsOnly() throws IOException {
    for (String method : List.of("GET", "PUT", "DELETE", "PATCH", "TRACE", "FOO")) {
      for (String path : List.of(RANGE, "/v3/lease/leases", "/v3/watch")) {
        assertThat(ask(method, path, ""))
            .as(method)
            .isEqualTo("501|{\"code\":12,\"message\":\"Method Not Allowed\"}");
      }
    }
    assertThat(ask("HEAD", RANGE, "")).isEqualTo("501|");
    try (RawHttp http = RawHttp.connect(server)) {
      http.send(
          "POST /v3/kv/range HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: GET\r\n"
              + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n");
      assertThat(http.head()).startsWith("HTTP/1.1 501 ").doesNotContain("Allow: ");
    }
  }

  @Test
  void optionsAreAnsweredWhateverThePath() throws IOException {
    for (String path : List.of(RANGE, "/nope", "/health", "*")) {
      assertThat(ask("OPTIONS", path, "")).as(path).isEqualTo("200|");
    }
  }

  @Test
  void unknownMethodsOfPagesAreNamed() throws IOException {
    for (String path : List.of("/health", "/livez", "/readyz", "/version", "/debug/vars")) {
      assertThat(ask("POST", path, "")).isEqualTo("405|Method Not Allowed\n");
      assertThat(ask("HEAD", path, "")).isEqualTo("405|");
    }
    assertThat(ask("POST", "/metrics", "")).startsWith("200|# HELP");
    assertThat(ask("HEAD", "/metrics", "")).isEqualTo("200|");
  }

  @ParameterizedTest
  @CsvSource({
    "/v3//kv/range, /v3/kv/range",
    "/v3/./kv/range, /v3/kv/range",
    "/v3beta//kv/range?a=b, /v3/kv/range?a=b",
    "/v3, /v3/",
  })
  void aPathThatIsNotCleanIsRedirected(String path, String clean) throws IOException {
    try (RawHttp http = RawHttp.connect(server)) {
      http.post(path, "");
      assertThat(http.head()).startsWith("HTTP/1.1 307 ").contains("\nLocation: " + clean + "\n");
    }
  }

  @Test
  void escapesAreReadAndQueriesIgnored() {
    for (String path : List.of("/v3/kv/%72ange", "/v3/kv/range?x=1", "/v3beta/kv/range")) {
      gateway.post(path, "{'key':'" + key + "'}");
    }
  }

  private List<String> headers(RawHttp http) throws IOException {
    List<String> headers = new ArrayList<>();
    for (String line : http.head().split("\n")) {
      headers.add(line.startsWith("Date: ") ? "Date: .." : line);
    }
    return headers;
  }

  @Test
  void headersComeInEtcdsOrder() throws IOException {
    String cors =
        "Access-Control-Allow-Headers: accept, content-type, authorization\n"
            + "Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE\n"
            + "Access-Control-Allow-Origin: *\n";
    String ours =
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\n"
            + "Referrer-Policy: no-referrer\nX-Content-Type-Options: nosniff\n"
            + "X-Frame-Options: DENY\n";
    try (RawHttp http = RawHttp.connect(server)) {
      http.send(
          "POST /v3/kv/range HTTP/1.1\r\nHost: x\r\nContent-Type: ;\r\nAccept: text/html\r\n"
              + "Accept-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}");
      assertThat(headers(http))
          .containsExactly(
              ("HTTP/1.1 400 Bad Request\n" + cors + "Content-Type: application/json\n" + ours)
                  .concat("Date: ..\nContent-Length: 54\n")
                  .split("\n"));
    }
    try (RawHttp http = RawHttp.connect(server)) {
      http.post("/v3/lease/keepalive", "{\"ID\":5}");
      assertThat(headers(http))
          .containsExactly(
              ("HTTP/1.1 200 OK\n" + cors + "Content-Type: application/json\n")
                  .concat("Grpc-Metadata-Content-Type: application/grpc\n" + ours)
                  .concat("Date: ..\nTransfer-Encoding: chunked\n")
                  .split("\n"));
    }
  }

  private String withHeader(String path, String header, String body) throws IOException {
    try (RawHttp http = RawHttp.connect(server)) {
      http.send(
          ("POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + "\r\n")
              + ("Content-Length: " + body.length() + "\r\n\r\n" + body));
      return http.toTheEnd();
    }
  }

  @Test
  void aClientMayLimitTheTimeOfACall() throws IOException {
    String body = "{\"key\":\"" + key + "\"}";
    assertThat(withHeader(RANGE, "Grpc-Timeout: 1H", body)).startsWith("HTTP/1.1 200 ");
    assertThat(withHeader(RANGE, "Grpc-Timeout: 0n", body))
        .startsWith("HTTP/1.1 504 ")
        .endsWith("{\"code\":4,\"message\":\"context deadline exceeded\"}");
    assertThat(withHeader(RANGE, "Grpc-Timeout: abc", body))
        .startsWith("HTTP/1.1 400 ")
        .endsWith("{\"code\":3,\"message\":\"invalid grpc-timeout: abc\"}");
    String watch = "{\"create_request\":" + body + "}";
    // The first stream of a server may take longer than any other.
    try (RawHttp http = RawHttp.connect(server)) {
      http.post("/v3/watch", watch);
      assertThat(http.head()).startsWith("HTTP/1.1 200 ");
      assertThat(http.chunk()).contains("\"created\":true");
    }
    assertThat(withHeader("/v3/watch", "Grpc-Timeout: 5S", watch))
        .startsWith("HTTP/1.1 200 ")
        .contains(",\"created\":true}}\n")
        .contains("{\"error\":{\"code\":4,\"message\":\"context deadline exceeded\"}}\n")
        .endsWith("\r\n0\r\n\r\n");
  }

  @Test
  void callsCountForTheMethodsOfGrpcOnceTheyCanBeRead() throws IOException {
    String unary =
        "{grpc_code=\"OK\",grpc_method=\"LeaseLeases\",grpc_service=\"etcdserverpb.Lease\",";
    String stream =
        "{grpc_method=\"LeaseKeepAlive\",grpc_service=\"etcdserverpb.Lease\","
            + "grpc_type=\"bidi_stream\"}";
    List<String> figures =
        List.of(
            "grpc_server_handled_total" + unary + "grpc_type=\"unary\"}",
            "grpc_server_started_total" + stream,
            "grpc_server_msg_received_total" + stream,
            "grpc_server_msg_sent_total" + stream);
    List<Double> before = figures(figures);
    assertThat(ask("POST", "/v3/lease/leases", "{bad")).startsWith("400|");
    assertThat(ask("POST", "/v3/lease/leases", "{}")).startsWith("200|");
    assertThat(ask("POST", "/v3/lease/keepalive", "{\"ID\":1}{\"ID\":2}")).startsWith("200|");
    Await.until(
        "the calls are counted",
        Duration.ofSeconds(20),
        () ->
            figures(figures)
                .equals(
                    List.of(
                        before.get(0) + 1,
                        before.get(1) + 1,
                        before.get(2) + 2,
                        before.get(3) + 2)));
  }

  /** 0 for a figure that is not there yet. */
  private List<Double> figures(List<String> names) throws IOException {
    List<String> lines = ask("GET", "/metrics", "").lines().toList();
    return names.stream()
        .map(
            name ->
                lines.stream()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .sum())
        .toList();
  }

  @Test
  void bodiesMayComeInChunksAndWhenTheyAreAskedFor() throws IOException {
    try (RawHttp http = RawHttp.connect(server)) {
      http.send(
          "POST /v3/kv/range HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
              + "Expect: 100-continue\r\n\r\n");
      assertThat(http.head()).startsWith("HTTP/1.1 100 Continue");
      http.send("7\r\n{\"key\":\r\n8\r\n\"Zm9v\"} \r\n0\r\n\r\n");
      assertThat(http.head()).startsWith("HTTP/1.1 200 OK");
    }
    assertThat(withHeader(RANGE, "Expect: 200", "{}")).startsWith("HTTP/1.1 417 ");
    assertThat(withHeader(RANGE, "Content-Encoding: gzip", "\u001f\u008b"))
        .endsWith("invalid character '\\\\x1f' looking for beginning of value\"}");
  }

  @Test
  void clientsOfHttp10AreAnsweredInTheirVersion() throws IOException {
    String body = "{\"key\":\"Zm9v\"}";
    String request = "POST /v3/kv/range HTTP/1.0\r\nContent-Length: 14\r\n";
    try (RawHttp http = RawHttp.connect(server)) {
      http.send(request + "\r\n" + body);
      assertThat(http.toTheEnd()).startsWith("HTTP/1.0 200 OK");
    }
    try (RawHttp http = RawHttp.connect(server)) {
      http.send(request + "Connection: keep-alive\r\n\r\n" + body);
      assertThat(http.head()).startsWith("HTTP/1.0 200 OK").contains("Connection: keep-alive");
    }
    try (RawHttp http = RawHttp.connect(server)) {
      http.send("POST /v3/kv/range HTTP/1.1\r\nContent-Length: 14\r\n\r\n" + body);
      assertThat(http.toTheEnd()).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void whatIsTooLargeIsRefusedAsOverGrpc() {
    String put = "{\"key\":\"Zm9v\",\"value\":\"";
    HttpResponse<String> large = gateway.send("/v3/kv/put", put + "AAAA".repeat(540_000) + "\"}");
    JsonKvIT.assertError(large, 400, 3, "etcdserver: request is too large");
    HttpResponse<String> larger = gateway.send("/v3/kv/put", put + "AAAA".repeat(700_000) + "\"}");
    JsonKvIT.assertError(
        larger, 429, 8, "grpc: received message larger than max (2100010 vs. 2097152)");
  }

  private String create() {
    return "{\"create_request\":{\"key\":\"" + key + "\"}}";
  }

  @Test
  void aWatchOverAWebSocketIsAConversation() throws IOException {
    try (RawWebSocket socket = RawWebSocket.connect(server, "/v3beta/watch")) {
      assertThat(socket.send(create()).message()).endsWith(",\"created\":true}}");
      gateway.post("/v3/kv/put", "{'key':'" + key + "','value':'MQ=='}");
      assertThat(socket.message()).contains("\"events\":[{\"kv\":{\"key\":\"" + key + "\"");
      socket.send(RawWebSocket.BINARY, true, create() + create());
      assertThat(socket.message()).contains("\"watch_id\":\"1\",\"created\":true");
      assertThat(socket.message()).contains("\"watch_id\":\"2\",\"created\":true");
      socket.send("{\"cancel_request\":{\"watch_id\":2}}");
      assertThat(socket.message()).contains("\"watch_id\":\"2\",\"canceled\":true");
      String value = Json.base64("x".repeat(500_000));
      gateway.post("/v3/kv/put", "{'key':'" + key + "','value':'" + value + "'}");
      assertThat(socket.message()).contains(value);
      assertThat(socket.message()).contains(value);
      socket.sendClose(1000, "");
      assertThat(socket.next().text()).isEqualTo("1000");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  @Test
  void aLeaseIsRenewedOverAWebSocket() throws IOException {
    try (RawWebSocket socket = RawWebSocket.connect(server, "/v3/lease/keepalive")) {
      assertThat(socket.send("{\"ID\":5}").message()).endsWith(",\"ID\":\"5\"}}");
      socket.send("{\"ID\":\n6}{\"ID\":\"7\"}");
      assertThat(socket.message()).endsWith(",\"ID\":\"6\"}}");
      assertThat(socket.message()).endsWith(",\"ID\":\"7\"}}");
    }
  }

  @Test
  void aMessageThatIsWrongIsAnsweredAndEndsTheSocket() throws IOException {
    String error = "{\"error\":{\"code\":3,\"message\":\"Failed to decode request: ";
    for (String path : List.of("/v3/watch", "/v3/lease/keepalive")) {
      for (String wrong : List.of("nonsense", "{\"ID\":x}", "{\"create_request\":[}")) {
        try (RawWebSocket socket = RawWebSocket.connect(server, path)) {
          assertThat(socket.send(wrong).message()).as(wrong).startsWith(error);
          assertThat(socket.next()).isEqualTo(RawWebSocket.END);
        }
      }
    }
    try (RawWebSocket socket = RawWebSocket.connect(server, "/v3/watch")) {
      assertThat(socket.send(create()).message()).contains("\"created\":true");
      assertThat(socket.send("{]").message()).startsWith(error);
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v3/nope, 5, Not Found",
    "/v3/kv/range, 12, Method Not Allowed",
    "/v3/maintenance/snapshot, 12, Method Not Allowed",
    "/v3/election/observe, 12, Method Not Allowed",
    "/v3/auth/enable, 12, Method Not Allowed",
  })
  void otherPathsEndAWebSocketWithAnError(String path, int code, String message)
      throws IOException {
    try (RawWebSocket socket = RawWebSocket.connect(server, path)) {
      assertThat(socket.message())
          .isEqualTo("{\"code\":" + code + ",\"message\":\"" + message + "\"}");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  @Test
  void aPageTakesNoNoticeOfAnUpgrade() throws IOException {
    try (RawWebSocket socket = RawWebSocket.connect(server, "/health")) {
      assertThat(socket.head().get(0)).isEqualTo("HTTP/1.1 200 OK");
    }
  }
}
