package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What a killed member still knows of its cluster, and what it publishes again. */
final class MemberRestartIT {

  @Test
  void aKilledMemberKnowsItsClusterAndTellsItsNewClientUrl() throws Exception {
    Path directory = ServerUnderTest.freshDirectory("data");
    URI peer = Ports.freeUrl();
    JsonArray before;
    String removed;
    try (ServerProcess server = start(directory, Ports.freeUrl(), peer)) {
      JsonGateway gateway = new JsonGateway(server.endpoint());
      removed = added(gateway, "http://127.0.0.3:2");
      post(gateway, "remove", "{'ID':'" + removed + "'}");
      added(gateway, "http://127.0.0.3:3");
      before = members(gateway, server.endpoint());
      server.kill();
    }
    assertThat(before).hasSize(2);
    try (ServerProcess server = start(directory, Ports.freeUrl(), peer)) {
      JsonGateway gateway = new JsonGateway(server.endpoint());
      JsonArray after = members(gateway, server.endpoint());
      assertThat(after).as("but for the client URL").hasSize(2);
      assertThat(withoutClientUrls(after)).isEqualTo(withoutClientUrls(before));
      assertThat(gateway.send("/v3/cluster/member/remove", "{\"ID\":\"" + removed + "\"}").body())
          .contains("etcdserver: member not found");
    }
  }

  private static ServerProcess start(Path directory, URI client, URI peer) throws Exception {
    return ServerProcess.start(
        ServerKind.underTest(), directory, client, peer, List.of(), ServerUnderTest.environment());
  }

  private static String added(JsonGateway gateway, String url) {
    JsonObject added = post(gateway, "add", "{'peerURLs':['" + url + "'],'isLearner':true}");
    return added.getAsJsonObject("member").get("ID").getAsString();
  }

  /** The members, once the serving one has published its client URL. */
  private static JsonArray members(JsonGateway gateway, URI client) {
    Predicate<JsonArray> isTold = members -> members.toString().contains("\"" + client + "\"");
    JsonArray members = post(gateway, "list", "{}").getAsJsonArray("members");
    for (int asked = 0; !isTold.test(members) && asked < 2000; asked++) {
      members = post(gateway, "list", "{}").getAsJsonArray("members");
    }
    assertThat(isTold.test(members)).as("%s in %s", client, members).isTrue();
    return members;
  }

  private static JsonArray withoutClientUrls(JsonArray members) {
    JsonArray copy = members.deepCopy();
    copy.forEach(member -> member.getAsJsonObject().remove("clientURLs"));
    return copy;
  }

  private static JsonObject post(JsonGateway gateway, String call, String request) {
    return Json.object(gateway.post("/v3/cluster/member/" + call, request));
  }
}
