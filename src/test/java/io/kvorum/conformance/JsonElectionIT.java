package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import io.kvorum.testing.Await;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class JsonElectionIT {
  private static final Duration AT_MOST = Duration.ofSeconds(15);

  private final JsonGateway gateway;
  private final ServerUnderTest server;
  private final String name;

  JsonElectionIT(ServerUnderTest server, TestInfo test) {
    this.server = server;
    gateway = new JsonGateway(server.endpoint());
    name = ServerUnderTest.prefix(test) + "e";
  }

  private long grant() {
    return gateway.postForBody("/v3/lease/grant", "{'TTL':'300'}").get("ID").getAsLong();
  }

  private String named() {
    return "{'name':'" + Json.base64(name) + "'}";
  }

  private String key(long lease) {
    return name + "/" + Long.toString(lease, 16);
  }

  private String request(long lease, String value) {
    return "{'name':'%s','lease':'%d','value':'%s'}"
        .formatted(Json.base64(name), lease, Json.base64(value));
  }

  private JsonObject campaign(long lease, String value) {
    return gateway
        .postForBody("/v3/election/campaign", request(lease, value))
        .getAsJsonObject("leader");
  }

  private void proclaim(JsonObject leader, String value) {
    Json.assertSame(
        gateway.postForBody(
            "/v3/election/proclaim",
            "{'leader':" + leader + ",'value':'" + Json.base64(value) + "'}"),
        "{}");
  }

  private void resign(JsonObject leader) {
    Json.assertSame(gateway.postForBody("/v3/election/resign", "{'leader':" + leader + "}"), "{}");
  }

  private String leaderValue() {
    return gateway
        .postForBody("/v3/election/leader", named())
        .getAsJsonObject("kv")
        .get("value")
        .getAsString();
  }

  private boolean isThere(String key) {
    return gateway.postForBody("/v3/kv/range", "{'key':'" + Json.base64(key) + "'}").has("kvs");
  }

  @Test
  void aLeaderIsElectedProclaimsAndResigns() {
    long lease = grant();
    JsonObject leader = campaign(lease, "v1");
    assertThat(leader.get("rev").getAsLong()).isEqualTo(gateway.revision());
    Json.assertSame(
        leader,
        "{'name':'%s','key':'%s','rev':'%d','lease':'%d'}"
            .formatted(
                Json.base64(name), Json.base64(key(lease)), leader.get("rev").getAsLong(), lease));
    assertThat(leaderValue()).isEqualTo(Json.base64("v1"));
    proclaim(leader, "v2");
    assertThat(leaderValue()).isEqualTo(Json.base64("v2"));
    resign(leader);
    resign(leader);
    assertUnknown("/v3/election/leader", named(), "election: no leader");
  }

  @Test
  void errorsHaveLostTheirCode() {
    assertUnknown(
        "/v3/election/campaign", request(4242, "v"), "etcdserver: requested lease not found");
    assertUnknown("/v3/election/proclaim", "{}", "\\\"leader\\\" field must be provided");
    assertUnknown("/v3/election/resign", "{}", "\\\"leader\\\" field must be provided");
    JsonObject leader = campaign(grant(), "v1");
    leader.addProperty("rev", "1");
    assertUnknown("/v3/election/proclaim", "{'leader':" + leader + "}", "election: not leader");
  }

  private void assertUnknown(String path, String body, String message) {
    JsonKvIT.assertError(gateway.send(path, body.replace('\'', '"')), 500, 2, message);
  }

  @Test
  void aCandidateThatDisconnectsLeavesNoKey() {
    campaign(grant(), "v1");
    long lease = grant();
    try (RawRequest waiting =
        RawRequest.post(server.endpoint(), "/v3/election/campaign", request(lease, "v2"))) {
      Await.until("its key is in the queue", AT_MOST, () -> isThere(key(lease)));
      assertThat(waiting.hasAnswer()).isFalse();
    }
    Await.until("its key is gone", Duration.ofSeconds(5), () -> !isThere(key(lease)));
  }

  @Test
  void anObserverSeesEachLeaderAndEachOfItsValues() {
    JsonObject first = campaign(grant(), "v1");
    try (JsonGateway.Stream stream = gateway.open("/v3/election/observe", named())) {
      JsonObject seen = stream.result();
      assertThat(seen.getAsJsonObject("header").size()).isEqualTo(4);
      assertThat(value(seen)).isEqualTo(Json.base64("v1"));
      proclaim(first, "v2");
      assertThat(value(stream.result())).isEqualTo(Json.base64("v2"));
      resign(first);
      campaign(grant(), "w1");
      assertThat(value(stream.result())).isEqualTo(Json.base64("w1"));
    }
  }

  private static String value(JsonObject seen) {
    return seen.getAsJsonObject("kv").get("value").getAsString();
  }

  @Test
  void anObserverOfAnElectionWithoutALeaderGetsNoByteUntilThereIsOne() {
    try (RawRequest waiting = RawRequest.post(server.endpoint(), "/v3/election/observe", named())) {
      gateway.revision();
      assertThat(waiting.hasAnswer()).isFalse();
      campaign(grant(), "v1");
      Await.until("an answer", AT_MOST, waiting::hasAnswer);
    }
  }

  @Test
  void observeTakesPostsOnly() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 has no such answer");
    assertThat(gateway.get("/v3/election/observe").statusCode()).isEqualTo(501);
  }
}
