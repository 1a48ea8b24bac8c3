package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class JsonMaintenanceIT {

  private final JsonGateway gateway;

  JsonMaintenanceIT(ServerUnderTest server) {
    gateway = new JsonGateway(server.endpoint());
  }

  @Test
  void statusShowsSizesAndRaftPosition() {
    JsonObject status = gateway.postForBody("/v3/maintenance/status", "{}");
    for (String name :
        new String[] {
          "dbSize", "dbSizeInUse", "leader", "raftIndex", "raftTerm", "raftAppliedIndex"
        }) {
      assertThat(status.get(name).getAsJsonPrimitive().isString()).as(name).isTrue();
      assertThat(status.get(name).getAsString()).as(name).matches("[1-9][0-9]*");
    }
    assertThat(status.get("version").getAsString()).matches("\\d+\\.\\d+\\.\\d+.*");
    if (!ServerUnderTest.isReference34()) {
      assertThat(status.get("storageVersion").getAsString()).matches("\\d+\\.\\d+\\.\\d+");
      assertThat(status.get("dbSizeQuota").getAsString()).matches("[1-9][0-9]*");
    }
  }

  @Test
  void theMemberListKeepsItsNames() {
    String answer = gateway.post("/v3/cluster/member/list", "{}");
    JsonObject list = Json.object(answer);
    JsonObject member = list.getAsJsonArray("members").get(0).getAsJsonObject();
    assertThat(member.keySet()).containsExactly("ID", "name", "peerURLs", "clientURLs");
    if (!ServerUnderTest.isFollower()) {
      assertThat(member.get("ID")).isEqualTo(list.getAsJsonObject("header").get("member_id"));
    }
    assertThat(list.getAsJsonObject("header").has("revision"))
        .as("answers about members carry no revision")
        .isFalse();
  }

  @Test
  void healthIsTold() {
    HttpResponse<String> response = gateway.get("/health");
    assertThat(response.statusCode()).isEqualTo(200);
    String reason = ServerUnderTest.isReference34() ? "" : ",'reason':''";
    Json.assertSame(Json.object(response.body()), "{'health':'true'" + reason + "}");
  }

  @Test
  void versionIsTold() {
    HttpResponse<String> response = gateway.get("/version");
    assertThat(response.statusCode()).isEqualTo(200);
    JsonObject version = Json.object(response.body());
    assertThat(version.get("etcdserver").getAsString()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(version.get("etcdcluster").getAsString()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(version.has("storage")).isEqualTo(!ServerUnderTest.isReference34());
  }

  @Test
  void theClusterIsDowngradedAndBack() {
    assumeFalse(ServerUnderTest.isReference34(), "it came later");
    String path = "/v3/maintenance/downgrade";
    assertThat(gateway.postForBody(path, "{'action':'VALIDATE','version':'3.6'}").get("version"))
        .isEqualTo(new JsonPrimitive("3.7"));
    assertRefused(
        path,
        "{\"action\":\"VALIDATE\",\"version\":\"v3\"}",
        "etcdserver: wrong downgrade target version format");
    try {
      assertThat(gateway.postForBody(path, "{'action':'ENABLE','version':'3.6'}").get("version"))
          .isEqualTo(new JsonPrimitive("3.7"));
      JsonObject status = gateway.postForBody("/v3/maintenance/status", "{}");
      assertThat(status.get("storageVersion").getAsString()).isEqualTo("3.6.0");
      Json.assertSame(
          status.getAsJsonObject("downgradeInfo"), "{'enabled':true,'targetVersion':'3.6.0'}");
      assertThat(Json.object(gateway.get("/version").body()).get("etcdcluster").getAsString())
          .isEqualTo("3.6.0");
      assertRefused(
          path,
          "{\"action\":\"ENABLE\",\"version\":\"3.5\"}",
          "etcdserver: cluster has a downgrade job in progress");
    } finally {
      assertThat(gateway.postForBody(path, "{'action':'CANCEL'}").get("version"))
          .isEqualTo(new JsonPrimitive("3.6"));
    }
    assertThat(Json.object(gateway.get("/version").body()).get("etcdcluster").getAsString())
        .isEqualTo("3.7.0");
  }

  private void assertRefused(String path, String body, String message) {
    HttpResponse<String> refusal = gateway.send(path, body);
    assertThat(refusal.statusCode()).isEqualTo(400);
    assertThat(Json.object(refusal.body()).get("message").getAsString()).isEqualTo(message);
  }

  @Test
  void metricsAreInTheFormOfPrometheus() {
    HttpResponse<String> response = gateway.get("/metrics");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("\netcd_server_has_leader 1\n");
  }

  @Test
  void livezAndReadyzAnswerInPlainText() {
    assumeFalse(ServerUnderTest.isReference34(), "they came later");
    for (String path : new String[] {"/livez", "/readyz"}) {
      HttpResponse<String> response = gateway.get(path);
      assertThat(response.statusCode()).as(path).isEqualTo(200);
      assertThat(response.body()).as(path).isEqualTo("ok\n");
    }
    assertThat(gateway.get("/readyz?verbose").body())
        .contains("[+]serializable_read ok\n")
        .contains("[+]linearizable_read ok\n")
        .contains("[+]data_corruption ok\n")
        .contains("[+]non_learner ok\n");
  }
}
