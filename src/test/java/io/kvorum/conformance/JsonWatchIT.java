package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class JsonWatchIT {

  private final JsonGateway gateway;
  private final String p;

  JsonWatchIT(ServerUnderTest server, TestInfo test) {
    gateway = new JsonGateway(server.endpoint());
    p = ServerUnderTest.prefix(test);
  }

  private String key(String name) {
    return Json.base64(p + name);
  }

  private long put(String name, String value) {
    gateway.post("/v3/kv/put", "{'key':'" + key(name) + "','value':'" + Json.base64(value) + "'}");
    return gateway.revision();
  }

  private JsonGateway.Stream watch(String create) {
    return gateway.open("/v3/watch", "{'create_request':{'key':'" + key("a") + "'" + create + "}}");
  }

  private static JsonObject body(JsonObject result) {
    assertThat(result.remove("header")).isNotNull();
    return result;
  }

  private String kv(String name, long created, long modified, int version, String value) {
    return "{'key':'"
        + key(name)
        + "','create_revision':'"
        + created
        + "','mod_revision':'"
        + modified
        + "','version':'"
        + version
        + "','value':'"
        + Json.base64(value)
        + "'}";
  }

  @Test
  void aWatchIsConfirmedAndThenBringsEvents() {
    try (JsonGateway.Stream watch = watch("")) {
      Json.assertSame(body(watch.result()), "{'created':true}");
      long revision = put("a", "1");
      Json.assertSame(
          body(watch.result()), "{'events':[{'kv':" + kv("a", revision, revision, 1, "1") + "}]}");
      gateway.post("/v3/kv/deleterange", "{'key':'" + key("a") + "'}");
      Json.assertSame(
          body(watch.result()),
          "{'events':[{'type':'DELETE','kv':{'key':'"
              + key("a")
              + "','mod_revision':'"
              + (revision + 1)
              + "'}}]}");
    }
  }

  @Test
  void aWatchFromThePastReplaysWithPreviousValues() {
    long first = put("a", "1");
    long second = put("a", "2");
    try (JsonGateway.Stream watch = watch(",'start_revision':'" + first + "','prev_kv':true")) {
      Json.assertSame(body(watch.result()), "{'created':true}");
      Json.assertSame(
          body(watch.result()),
          "{'events':[{'kv':"
              + kv("a", first, first, 1, "1")
              + "},{'kv':"
              + kv("a", first, second, 2, "2")
              + ",'prev_kv':"
              + kv("a", first, first, 1, "1")
              + "}]}");
    }
  }

  @Test
  void filtersDropEventsAtTheServer() {
    try (JsonGateway.Stream watch = watch(",'filters':['NOPUT']")) {
      Json.assertSame(body(watch.result()), "{'created':true}");
      long revision = put("a", "1");
      gateway.post("/v3/kv/deleterange", "{'key':'" + key("a") + "'}");
      Json.assertSame(
          body(watch.result()),
          "{'events':[{'type':'DELETE','kv':{'key':'"
              + key("a")
              + "','mod_revision':'"
              + (revision + 1)
              + "'}}]}");
    }
  }

  @Test
  void eventsOfATxnComeInOneMessage() {
    try (JsonGateway.Stream watch = watch(",'range_end':'" + key("z") + "'")) {
      Json.assertSame(body(watch.result()), "{'created':true}");
      gateway.post(
          "/v3/kv/txn",
          "{'success':[{'request_put':{'key':'"
              + key("b")
              + "','value':'MQ=='}},{'request_put':{'key':'"
              + key("a")
              + "','value':'MQ=='}}]}");
      long revision = gateway.revision();
      Json.assertSame(
          body(watch.result()),
          "{'events':[{'kv':"
              + kv("b", revision, revision, 1, "1")
              + "},{'kv':"
              + kv("a", revision, revision, 1, "1")
              + "}]}");
    }
  }

  @Test
  void oneBodyMayHoldSeveralRequestsForOneStream() {
    String body =
        "{'create_request':{'key':'@a','watch_id':'7'}}\n{'create_request':{'key':'@b'}}"
            + "{'cancel_request':{'watch_id':'7'}}";
    body = body.replace("@a", key("a")).replace("@b", key("b"));
    try (JsonGateway.Stream watch = gateway.open("/v3/watch", body)) {
      Json.assertSame(body(watch.result()), "{'watch_id':'7','created':true}");
      Json.assertSame(body(watch.result()), "{'created':true}");
      Json.assertSame(body(watch.result()), "{'watch_id':'7','canceled':true}");
      put("a", "no longer watched");
      long revision = put("b", "1");
      Json.assertSame(
          body(watch.result()), "{'events':[{'kv':" + kv("b", revision, revision, 1, "1") + "}]}");
    }
  }

  @Test
  void progressIsToldWhenAskedFor() {
    long revision = put("a", "1");
    String body = "{'create_request':{'key':'" + key("a") + "'}}{'progress_request':{}}";
    try (JsonGateway.Stream watch = gateway.open("/v3/watch", body)) {
      Json.assertSame(body(watch.result()), "{'created':true}");
      JsonObject progress = watch.result();
      assertThat(progress.getAsJsonObject("header").get("revision").getAsLong())
          .isGreaterThanOrEqualTo(revision);
      Json.assertSame(body(progress), "{'watch_id':'-1'}");
    }
  }

  @Test
  void aCompactedStartIsConfirmedAndThenCancelled() {
    long first = put("a", "1");
    long second = put("a", "2");
    gateway.post("/v3/kv/compaction", "{'revision':'" + second + "'}");
    try (JsonGateway.Stream watch = watch(",'start_revision':'" + first + "'")) {
      Json.assertSame(body(watch.result()), "{'created':true}");
      JsonObject cancelled = watch.result();
      assertThat(cancelled.getAsJsonObject("header").has("revision")).isFalse();
      Json.assertSame(body(cancelled), "{'canceled':true,'compact_revision':'" + second + "'}");
    }
  }

  @Test
  void aNegativeStartIsRefused() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 takes it for a compacted revision");
    try (JsonGateway.Stream watch = watch(",'start_revision':'-1'")) {
      Json.assertSame(
          body(watch.result()),
          "{'watch_id':'-1','created':true,'canceled':true,"
              + "'cancel_reason':'etcdserver: mvcc: required revision has been compacted'}");
    }
  }

  @Test
  void anEmptyRangeIsRefused() {
    try (JsonGateway.Stream watch = watch(",'range_end':'" + Json.base64("A") + "'")) {
      JsonObject refused = body(watch.result());
      refused.remove("cancel_reason");
      Json.assertSame(refused, "{'watch_id':'-1','created':true,'canceled':true}");
    }
  }
}
