package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/** Changes of a cluster of one, as JSON. Each test leaves it as it was. */
@ExtendWith(SharedServer.class)
@DisabledIfSystemProperty(
    named = "kvorum.reference",
    matches = "follower",
    disabledReason = "io.kvorum.cluster changes clusters of several")
final class JsonMemberIT {
  private static final String MEMBER = "/v3/cluster/member/";
  private static final AtomicInteger PORTS = new AtomicInteger(1);

  /** New for each test: the same ones in the same second would mean the member that was removed. */
  private final String url = freshUrl();

  private final String otherUrl = freshUrl();
  private final String learner = learner("'" + url + "'");

  private final JsonGateway gateway;

  JsonMemberIT(ServerUnderTest server) {
    gateway = new JsonGateway(server.endpoint());
  }

  private static String freshUrl() {
    return "http://127.0.0.2:" + PORTS.incrementAndGet();
  }

  private static String learner(String urls) {
    return "{'peerURLs':[" + urls + "],'isLearner':true}";
  }

  @AfterEach
  void removeAllButTheFirst() {
    JsonObject list = body("list", "{}");
    for (JsonElement member : list.getAsJsonArray("members")) {
      String id = member.getAsJsonObject().get("ID").getAsString();
      if (!id.equals(self())) {
        gateway.post(MEMBER + "remove", "{'ID':'" + id + "'}");
      }
    }
  }

  @Test
  void anAddedMemberIsToldWithAllTheOthersAndWithoutARevision() {
    JsonObject added = body("add", learner);
    assertThat(added.keySet()).containsExactly("header", "member", "members");
    assertThat(added.getAsJsonObject("header").has("revision")).isFalse();
    JsonObject member = added.getAsJsonObject("member");
    assertThat(member.keySet()).containsExactly("ID", "peerURLs", "isLearner");
    Json.assertSame(member.get("peerURLs"), "['" + url + "']");
    assertThat(member.get("isLearner").getAsBoolean()).isTrue();
    assertThat(added.getAsJsonArray("members")).hasSize(2).contains(member);
    assertThat(body("list", "{'linearizable':true}").getAsJsonArray("members"))
        .isEqualTo(added.getAsJsonArray("members"));
  }

  @Test
  void aMemberIsUpdatedAndRemoved() {
    String id = body("add", learner).getAsJsonObject("member").get("ID").getAsString();
    JsonObject updated = body("update", "{'ID':'" + id + "','peerURLs':['" + otherUrl + "']}");
    assertThat(updated.getAsJsonArray("members").toString()).contains("\"" + otherUrl + "\"");
    assertThat(updated.getAsJsonObject("header").has("revision")).isFalse();
    JsonObject removed = body("remove", "{'ID':'" + id + "'}");
    assertThat(removed.getAsJsonArray("members")).hasSize(1);
    assertThat(removed.getAsJsonObject("header").has("revision")).isFalse();
  }

  @Test
  void whatCannotBeIsRefusedWithItsCodeAndText() {
    String id = body("add", learner).getAsJsonObject("member").get("ID").getAsString();
    refused(
        400,
        9,
        "etcdserver: Peer URLs already exists",
        MEMBER + "add",
        learner("'" + url + "','" + otherUrl + "'"));
    refused(
        400,
        9,
        "etcdserver: too many learner members in cluster",
        MEMBER + "add",
        learner("'" + otherUrl + "'"));
    refused(
        400,
        9,
        "etcdserver: can only promote a learner member which is in sync with leader",
        MEMBER + "promote",
        "{'ID':'" + id + "'}");
    refused(
        400,
        9,
        "etcdserver: can only promote a learner member",
        MEMBER + "promote",
        "{'ID':'" + self() + "'}");
    refused(404, 5, "etcdserver: member not found", MEMBER + "promote", "{'ID':'1'}");
    refused(404, 5, "etcdserver: member not found", MEMBER + "remove", "{'ID':'1'}");
    refused(
        500,
        2,
        "etcdserver: re-configuration failed due to not enough started members",
        MEMBER + "remove",
        "{'ID':'" + self() + "'}");
    refused(
        404,
        5,
        "etcdserver: member not found",
        MEMBER + "update",
        "{'ID':'1','peerURLs':['http://127.0.0.1:9']}");
  }

  @Test
  void urlsThatAreNoneAreRefused() {
    for (String urls :
        new String[] {
          "[]",
          "['']",
          "['127.0.0.1:2']",
          "['http://127.0.0.1']",
          "['http://127.0.0.1:2/a']",
          "['ftp://127.0.0.1:2']",
          "['http://127.0.0.1:2','http://127.0.0.1']"
        }) {
      refused(
          400,
          3,
          "etcdserver: given member URLs are invalid",
          MEMBER + "add",
          "{'peerURLs':" + urls + "}");
    }
  }

  @Test
  void leadershipGoesToVotersAloneAndTheAnswerIsEmpty() {
    String path = "/v3/maintenance/transfer-leadership";
    refused(400, 9, "etcdserver: bad leader transferee", path, "{'targetID':'1'}");
    assertThat(gateway.post(path, "{'targetID':'" + self() + "'}")).isEqualTo("{}");
  }

  private JsonObject body(String call, String request) {
    return Json.object(gateway.post(MEMBER + call, request));
  }

  private String self() {
    return body("list", "{}").getAsJsonObject("header").get("member_id").getAsString();
  }

  private void refused(int status, int code, String message, String path, String request) {
    HttpResponse<String> response = gateway.send(path, request.replace('\'', '"'));
    assertThat(response.statusCode())
        .as("%s %s: %s", path, request, response.body())
        .isEqualTo(ServerUnderTest.isReference34() && code == 9 ? 412 : status);
    JsonObject error = Json.object(response.body());
    assertThat(error.get("code").getAsInt()).as(request).isEqualTo(code);
    assertThat(error.get("message").getAsString()).as(request).isEqualTo(message);
  }
}
