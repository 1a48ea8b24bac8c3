package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedServer.class)
final class JsonLeaseIT {

  private final JsonGateway gateway;
  private final String p;

  JsonLeaseIT(ServerUnderTest server, TestInfo test) {
    gateway = new JsonGateway(server.endpoint());
    p = ServerUnderTest.prefix(test);
  }

  private String grant(int seconds) {
    JsonObject answer = gateway.postForBody("/v3/lease/grant", "{'TTL':'" + seconds + "'}");
    return answer.get("ID").getAsString();
  }

  @Test
  void aGrantKeepsTheNamesInCapitals() {
    JsonObject answer = gateway.postForBody("/v3/lease/grant", "{'TTL':60}");
    assertThat(answer.remove("ID").getAsString()).matches("[1-9][0-9]*");
    Json.assertSame(answer, "{'TTL':'60'}");
  }

  @Test
  void theIdOfALeaseCanBeChosenOnce() {
    String id = grant(60);
    gateway.post("/v3/lease/revoke", "{'ID':'" + id + "'}");
    Json.assertSame(
        gateway.postForBody("/v3/lease/grant", "{'TTL':'60','ID':'" + id + "'}"),
        "{'ID':'" + id + "','TTL':'60'}");
    JsonKvIT.assertError(
        gateway.send("/v3/lease/grant", "{\"TTL\":\"60\",\"ID\":\"" + id + "\"}"),
        400,
        9,
        "etcdserver: lease already exists");
  }

  @Test
  void aTimeToLiveBeyondTheLimitIsRefused() {
    JsonKvIT.assertError(
        gateway.send("/v3/lease/grant", "{\"TTL\":\"9000000001\"}"),
        400,
        11,
        "etcdserver: too large lease TTL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v3/lease/timetolive", "/v3/kv/lease/timetolive"})
  void timetoliveShowsWhatIsLeftAndTheKeys(String path) {
    String id = grant(60);
    String key = Json.base64(p + "a");
    gateway.post("/v3/kv/put", "{'key':'" + key + "','lease':'" + id + "'}");
    JsonObject answer = gateway.postForBody(path, "{'ID':'" + id + "','keys':true}");
    assertThat(answer.remove("TTL").getAsLong()).isBetween(50L, 60L);
    Json.assertSame(answer, "{'ID':'" + id + "','grantedTTL':'60','keys':['" + key + "']}");
  }

  @Test
  void timetoliveOfAnUnknownLeaseIsMinusOne() {
    Json.assertSame(
        gateway.postForBody("/v3/lease/timetolive", "{'ID':'4242'}"), "{'ID':'4242','TTL':'-1'}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v3/lease/leases", "/v3/kv/lease/leases"})
  void theListNamesEveryLease(String path) {
    String id = grant(60);
    assertThat(gateway.postForBody(path, "{}").getAsJsonArray("leases"))
        .contains(Json.object("{\"ID\":\"" + id + "\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v3/lease/revoke", "/v3/kv/lease/revoke"})
  void aRevokedLeaseIsGoneWithItsKeys(String path) {
    String id = grant(60);
    String key = Json.base64(p + "a");
    gateway.post("/v3/kv/put", "{'key':'" + key + "','lease':'" + id + "'}");
    Json.assertSame(gateway.postForBody(path, "{'ID':'" + id + "'}"), "{}");
    Json.assertSame(gateway.postForBody("/v3/kv/range", "{'key':'" + key + "'}"), "{}");
    JsonKvIT.assertError(
        gateway.send(path, "{\"ID\":\"" + id + "\"}"),
        404,
        5,
        "etcdserver: requested lease not found");
  }

  @Test
  void keepaliveAnswersOnceForEachRequestOfTheStream() {
    String id = grant(60);
    try (JsonGateway.Stream stream =
        gateway.open(
            "/v3/lease/keepalive", "{'ID':'" + id + "'}{'ID':'4242'}\n{'ID':'" + id + "'}")) {
      Json.assertSame(withoutHeader(stream.result()), "{'ID':'" + id + "','TTL':'60'}");
      Json.assertSame(withoutHeader(stream.result()), "{'ID':'4242'}");
      Json.assertSame(withoutHeader(stream.result()), "{'ID':'" + id + "','TTL':'60'}");
    }
  }

  @Test
  void anErrorOfALaterKeepaliveComesAfterTheResultsOfTheEarlierOnes() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 answers nothing then");
    String id = grant(60);
    HttpResponse<String> answer =
        gateway.send("/v3/lease/keepalive", "{\"ID\":\"" + id + "\"}{\"ID\":{}}");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body().lines().toList())
        .satisfiesExactly(
            first -> assertThat(first).startsWith("{\"result\":{").contains(id),
            second -> assertThat(second).startsWith("{\"error\":{\"code\":3,"));
  }

  private static JsonObject withoutHeader(JsonObject result) {
    assertThat(result.remove("header")).isNotNull();
    return result;
  }
}
