package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Answers that are larger than what is written at once. */
@ExtendWith(SharedServer.class)
@Timeout(120)
final class JsonRangeIT {
  private static final int KEYS = 120;
  private static final int VALUE_BYTES = 60_000;

  private final ServerUnderTest server;
  private final JsonGateway gateway;
  private final String p;
  private final List<String> values = new ArrayList<>();

  JsonRangeIT(ServerUnderTest server, TestInfo test) {
    this.server = server;
    gateway = new JsonGateway(server.endpoint());
    p = ServerUnderTest.prefix(test);
  }

  @BeforeEach
  void fill() {
    Random random = new Random(7);
    for (int i = 0; i < KEYS; i++) {
      byte[] value = new byte[VALUE_BYTES];
      random.nextBytes(value);
      String text = Base64.getEncoder().encodeToString(value);
      values.add(text);
      gateway.post(
          "/v3/kv/put", "{'key':'" + key(String.format("%04d", i)) + "','value':'" + text + "'}");
    }
  }

  private String key(String name) {
    return Json.base64(p + name);
  }

  private String all(String more) {
    return "{'key':'" + key("") + "','range_end':'" + key("z") + "'" + more + "}";
  }

  private List<String> valuesOf(JsonObject answer) {
    List<String> found = new ArrayList<>();
    JsonArray kvs = answer.getAsJsonArray("kvs");
    kvs.forEach(kv -> found.add(kv.getAsJsonObject().get("value").getAsString()));
    return found;
  }

  @Test
  void aLargeRangeIsComplete() {
    JsonObject answer = gateway.postForBody("/v3/kv/range", all(""));
    assertThat(valuesOf(answer)).isEqualTo(values);
    assertThat(answer.get("count").getAsString()).isEqualTo(Integer.toString(KEYS));
    assertThat(answer.has("more")).isFalse();
  }

  @Test
  void aLimitCutsALargeRange() {
    JsonObject answer = gateway.postForBody("/v3/kv/range", all(",'limit':'70'"));
    assertThat(valuesOf(answer)).isEqualTo(values.subList(0, 70));
    assertThat(answer.get("more").getAsBoolean()).isTrue();
    assertThat(answer.get("count").getAsString()).isEqualTo(Integer.toString(KEYS));
  }

  @Test
  void aLargeRangeInAnotherOrderIsComplete() {
    JsonObject answer =
        gateway.postForBody("/v3/kv/range", all(",'sort_order':'DESCEND','limit':'50'"));
    List<String> expected = new ArrayList<>(values);
    Collections.reverse(expected);
    assertThat(valuesOf(answer)).isEqualTo(expected.subList(0, 50));
  }

  @Test
  void aLargeTransactionIsComplete() {
    JsonObject answer =
        gateway.postForBody(
            "/v3/kv/txn", "{'success':[{'request_range':" + all(",'limit':'40'") + "}]}");
    JsonObject range =
        answer
            .getAsJsonArray("responses")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("response_range");
    assertThat(valuesOf(range)).isEqualTo(values.subList(0, 40));
  }

  /** Two of them used to stop all streams, since the container blocks a thread for each. */
  @Test
  void clientsThatDoNotReadStopNobodyElse() throws Exception {
    List<Socket> stuck = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        stuck.add(ask("/v3/kv/range", all("")));
        stuck.add(
            ask(
                "/v3/watch",
                "{'create_request':{'key':'"
                    + key("")
                    + "','range_end':'"
                    + key("z")
                    + "','start_revision':'1'}}"));
      }
      try (Socket watch = ask("/v3/watch", "{'create_request':{'key':'" + key("seen") + "'}}")) {
        assertThat(line(watch)).contains("\"created\":true");
        for (int i = 0; i < 20; i++) {
          gateway.post("/v3/kv/put", "{'key':'" + key("seen") + "','value':'MQ=='}");
          assertThat(line(watch)).contains("\"events\"");
        }
      }
      assertThat(valuesOf(gateway.postForBody("/v3/kv/range", all("")))).hasSize(KEYS + 1);
    } finally {
      for (Socket socket : stuck) {
        socket.close();
      }
    }
  }

  private Socket ask(String path, String singleQuoted) throws IOException {
    String body = singleQuoted.replace('\'', '"');
    Socket socket = new Socket();
    socket.setReceiveBufferSize(16 << 10);
    socket.setSoTimeout(60_000);
    socket.connect(new InetSocketAddress(server.endpoint().getHost(), server.endpoint().getPort()));
    String request =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** The next line that is JSON, past the head and the sizes of chunks. */
  private static String line(Socket socket) throws IOException {
    while (true) {
      StringBuilder line = new StringBuilder();
      for (int next = socket.getInputStream().read();
          next != '\n';
          next = socket.getInputStream().read()) {
        assertThat(next).as("after %s", line).isNotNegative();
        line.append((char) next);
      }
      if (line.indexOf("{") == 0) {
        return JsonParser.parseString(line.toString()).toString();
      }
    }
  }
}
