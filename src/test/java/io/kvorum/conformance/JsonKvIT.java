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
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SharedServer.class)
final class JsonKvIT {

  private final JsonGateway gateway;
  private final String p;

  JsonKvIT(ServerUnderTest server, TestInfo test) {
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

  private JsonObject range(String name, String more) {
    return gateway.postForBody("/v3/kv/range", "{'key':'" + key(name) + "'" + more + "}");
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
  void largeValuesComeBackAsTheyWentIn() {
    for (int size : new int[] {60_000, 65_000, 100_000, 1_000_000}) {
      String key = Json.base64(p + size);
      String value = Json.base64("x".repeat(size));
      gateway.post("/v3/kv/put", "{'key':'" + key + "','value':'" + value + "'}");
      JsonObject answer = gateway.postForBody("/v3/kv/range", "{'key':'" + key + "'}");
      JsonObject found = answer.getAsJsonArray("kvs").get(0).getAsJsonObject();
      assertThat(found.get("value").getAsString()).isEqualTo(value);
    }
  }

  @Test
  void aPutIsAnsweredWithAHeaderAlone() {
    Json.assertSame(
        gateway.postForBody("/v3/kv/put", "{'key':'" + key("a") + "','value':'MQ=='}"), "{}");
  }

  @Test
  void aRangeShowsNumbersOf64BitsAsStringsAndBytesAsBase64() {
    long created = put("a", "1");
    long modified = put("a", "2");
    Json.assertSame(
        range("a", ""), "{'kvs':[" + kv("a", created, modified, 2, "2") + "],'count':'1'}");
  }

  @Test
  void whatIsZeroOrEmptyIsLeftOut() {
    Json.assertSame(range("missing", ""), "{}");
    long revision = put("a", "");
    Json.assertSame(
        range("a", ""),
        "{'kvs':["
            + kv("a", revision, revision, 1, "").replace(",'value':''", "")
            + "],'count':'1'}");
  }

  @Test
  void limitSortCountAndKeysOnlyWorkByTheirProtoNames() {
    long a = put("a", "1");
    long b = put("b", "2");
    String end = ",'range_end':'" + Json.base64(p + "z") + "'";
    Json.assertSame(range("a", end + ",'count_only':true"), "{'count':'2'}");
    Json.assertSame(
        range("a", end + ",'limit':'1'"),
        "{'kvs':[" + kv("a", a, a, 1, "1") + "],'more':true,'count':'2'}");
    Json.assertSame(
        range("a", end + ",'limit':1,'sort_order':'DESCEND','sort_target':'MOD'"),
        "{'kvs':[" + kv("b", b, b, 1, "2") + "],'more':true,'count':'2'}");
    Json.assertSame(
        range("a", end + ",'sort_order':2,'sort_target':0,'keys_only':true,'limit':'1'"),
        "{'kvs':["
            + kv("b", b, b, 1, "").replace(",'value':''", "")
            + "],'more':true,'count':'2'}");
  }

  @Test
  void revisionFiltersCutTheAnswerButNotTheCount() {
    long a = put("a", "1");
    long b = put("b", "2");
    String end = ",'range_end':'" + Json.base64(p + "z") + "'";
    Json.assertSame(
        range("a", end + ",'min_mod_revision':'" + b + "'"),
        "{'kvs':[" + kv("b", b, b, 1, "2") + "],'count':'2'}");
    Json.assertSame(
        range("a", end + ",'max_create_revision':'" + a + "'"),
        "{'kvs':[" + kv("a", a, a, 1, "1") + "],'count':'2'}");
    Json.assertSame(range("a", end + ",'min_create_revision':'" + (b + 1) + "'"), "{'count':'2'}");
  }

  @Test
  void namesInCamelCaseAndUnknownFieldsAreAcceptedToo() {
    long first = put("a", "1");
    Json.assertSame(
        gateway.postForBody(
            "/v3/kv/put",
            "{'key':'" + key("a") + "','value':'Mg==','prevKv':true,'nobody knows':{'x':[1]}}"),
        "{'prev_kv':" + kv("a", first, first, 1, "1") + "}");
    Json.assertSame(
        range("a", ",'rangeEnd':'" + Json.base64(p + "z") + "','countOnly':true"), "{'count':'1'}");
  }

  @Test
  void aRevisionMayBeANumberOrAString() {
    long first = put("a", "1");
    put("a", "2");
    String expected = "{'kvs':[" + kv("a", first, first, 1, "1") + "],'count':'1'}";
    Json.assertSame(range("a", ",'revision':" + first), expected);
    Json.assertSame(range("a", ",'revision':'" + first + "'"), expected);
  }

  @Test
  void aSerializableRangeReadsLocally() {
    long revision = put("a", "1");
    Json.assertSame(
        range("a", ",'serializable':true"),
        "{'kvs':[" + kv("a", revision, revision, 1, "1") + "],'count':'1'}");
  }

  @Test
  void aDeleteTellsHowManyAndWhat() {
    long revision = put("a", "1");
    Json.assertSame(
        gateway.postForBody("/v3/kv/deleterange", "{'key':'" + key("a") + "','prev_kv':true}"),
        "{'deleted':'1','prev_kvs':[" + kv("a", revision, revision, 1, "1") + "]}");
    Json.assertSame(gateway.postForBody("/v3/kv/deleterange", "{'key':'" + key("a") + "'}"), "{}");
  }

  @Test
  void aTxnShowsSucceededOnlyWhenItIsTrue() {
    String txn =
        "{'compare':[{'target':'CREATE','key':'@','create_revision':'0'}],"
            + "'success':[{'request_put':{'key':'@','value':'MQ=='}}],"
            + "'failure':[{'request_range':{'key':'@'}},{'request_delete_range':{'key':'@'}}]}";
    txn = txn.replace("@", key("a"));
    JsonObject first = gateway.postForBody("/v3/kv/txn", txn);
    long revision = gateway.revision();
    Json.assertSame(
        first,
        "{'succeeded':true,'responses':[{'response_put':{'header':{'revision':'"
            + revision
            + "'}}}]}");
    Json.assertSame(
        gateway.postForBody("/v3/kv/txn", txn),
        "{'responses':[{'response_range':{'header':{'revision':'"
            + revision
            + "'},'kvs':["
            + kv("a", revision, revision, 1, "1")
            + "],'count':'1'}},{'response_delete_range':{'header':{'revision':'"
            + (revision + 1)
            + "'},'deleted':'1'}}]}");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "'target':'LEASE','lease':'0'                      | true",
        "'target':'LEASE','lease':'1'                      | false",
        "'target':'LEASE','result':'LESS','lease':1        | true",
        "'target':'VERSION','result':'NOT_EQUAL'           | true",
        "'target':'VALUE','value':'MQ=='                   | true",
        "'target':3,'result':1,'value':'MA=='              | true",
        "'target':'MOD','result':'GREATER','modRevision':1 | true",
        "'result':'EQUAL','target':'VERSION','version':'2' | false",
        "                                                  | false"
      })
  void aCompareOf(String compare, boolean holds) {
    put("a", "1");
    gateway.post("/v3/kv/deleterange", "{'key':'" + key("a") + "'}");
    put("a", "1");
    String rest = compare == null ? "" : "," + compare;
    JsonObject answer =
        gateway.postForBody("/v3/kv/txn", "{'compare':[{'key':'" + key("a") + "'" + rest + "}]}");
    Json.assertSame(answer, holds ? "{'succeeded':true}" : "{}");
  }

  @Test
  void aCompareOverARangeMustHoldForEveryKey() {
    put("a", "1");
    put("b", "1");
    String compare =
        "{'compare':[{'key':'"
            + key("a")
            + "','range_end':'"
            + key("z")
            + "','target':'VALUE','value':'MQ=='}]}";
    Json.assertSame(gateway.postForBody("/v3/kv/txn", compare), "{'succeeded':true}");
    put("b", "2");
    Json.assertSame(gateway.postForBody("/v3/kv/txn", compare), "{}");
  }

  @Test
  void aTxnWithinATxnSeesTheStateAtTheStart() {
    String txn =
        "{'success':[{'request_put':{'key':'@','value':'MQ=='}},"
            + "{'request_txn':{'compare':[{'key':'@','target':'VERSION','version':'0'}],"
            + "'success':[{'request_range':{'key':'@'}}]}}]}";
    JsonObject answer = gateway.postForBody("/v3/kv/txn", txn.replace("@", key("a")));
    long revision = gateway.revision();
    Json.assertSame(
        answer.getAsJsonArray("responses").get(1).getAsJsonObject(),
        "{'response_txn':{'header':{},'succeeded':true,'responses':[{'response_range':{'header':{'revision':'"
            + revision
            + "'},'kvs':["
            + kv("a", revision, revision, 1, "1")
            + "],'count':'1'}}]}}");
  }

  @Test
  void compactionAnswersWithAHeaderAndRefusesWhatIsGone() {
    long revision = put("a", "1");
    Json.assertSame(
        gateway.postForBody("/v3/kv/compaction", "{'revision':'" + revision + "','physical':true}"),
        "{}");
    assertError(
        gateway.send("/v3/kv/compaction", "{\"revision\":\"" + revision + "\"}"),
        400,
        11,
        "etcdserver: mvcc: required revision has been compacted");
    assertError(
        gateway.send(
            "/v3/kv/range", "{\"key\":\"" + key("a") + "\",\"revision\":" + (revision - 1) + "}"),
        400,
        11,
        "etcdserver: mvcc: required revision has been compacted");
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/v3/kv/range | {} | 400 | 3 | etcdserver: key is not provided",
        "/v3/kv/put | {} | 400 | 3 | etcdserver: key is not provided",
        "/v3/kv/deleterange | {} | 400 | 3 | etcdserver: key is not provided",
        "/v3/kv/range | {'key':'YQ==','revision':'9000000000'} | 400 | 11"
            + " | etcdserver: mvcc: required revision is a future revision",
        "/v3/kv/compaction | {'revision':'9000000000'} | 400 | 11"
            + " | etcdserver: mvcc: required revision is a future revision",
        "/v3/kv/put | {'key':'YQ==','lease':'77'} | 404 | 5"
            + " | etcdserver: requested lease not found",
        "/v3/kv/put | {'key':'YQ==','value':'YQ==','ignore_value':true} | 400 | 3"
            + " | etcdserver: value is provided",
        "/v3/kv/put | {'key':'YQ==','lease':'7','ignore_lease':true} | 400 | 3"
            + " | etcdserver: lease is provided",
        "/v3/kv/put | {'key':'bWlzc2luZw==','ignore_value':true} | 400 | 3"
            + " | etcdserver: key not found",
        "/v3/kv/txn | {'success':[{'request_put':{'key':'YQ=='}},{'request_put':{'key':'YQ=='}}]}"
            + " | 400 | 3 | etcdserver: duplicate key given in txn request",
        "/v3/kv/txn | {'success':[{'request_put':{}}]} | 400 | 3"
            + " | etcdserver: key is not provided",
        "/v3/kv/txn | {'success':[{}]} | 400 | 3 | etcdserver: key not found"
      })
  void aRefusalOf(String path, String body, int status, int code, String message) {
    assertError(gateway.send(path, body.replace('\'', '"')), status, code, message);
  }

  @Test
  void anUnknownSortOrderIsRefused() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 does not check it");
    assertError(
        gateway.send("/v3/kv/range", "{\"key\":\"YQ==\",\"sort_order\":9}"),
        400,
        3,
        "etcdserver: invalid sort option");
  }

  @Test
  void aBodyThatIsNotJsonIsRefused() {
    HttpResponse<String> response = gateway.send("/v3/kv/range", "garbage");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Json.object(response.body()).get("code").getAsInt()).isEqualTo(3);
    response = gateway.send("/v3/kv/put", "{\"key\":\"!!!\"}");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Json.object(response.body()).get("code").getAsInt()).isEqualTo(3);
  }

  @Test
  void anEmptyBodyIsAnEmptyRequest() {
    assertError(gateway.send("/v3/kv/range", ""), 400, 3, "etcdserver: key is not provided");
  }

  @Test
  void anUnknownPathIsNotFound() {
    assertThat(gateway.send("/v3/nobody/knows", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void theOldPrefixStillWorks() {
    put("a", "1");
    Json.assertSame(
        gateway.postForBody("/v3beta/kv/range", "{'key':'" + key("a") + "','count_only':true}"),
        "{'count':'1'}");
  }

  @Test
  void base64MayBeUrlSafeAndUnpadded() {
    assumeFalse(ServerUnderTest.isReference34(), "later gateways accept it");
    gateway.post("/v3/kv/put", "{'key':'" + key("a??>") + "','value':'MQ=='}");
    String urlSafe = key("a??>").replace('+', '-').replace('/', '_').replace("=", "");
    Json.assertSame(
        gateway.postForBody("/v3/kv/range", "{'key':'" + urlSafe + "','count_only':true}"),
        "{'count':'1'}");
  }

  /** Level 3.7 names code and message; 3.4 says the message twice, and 412 for some 400s. */
  static void assertError(HttpResponse<String> response, int status, int code, String message) {
    String error = ServerUnderTest.isReference34() ? ",'error':'" + message + "'" : "";
    Json.assertSame(
        Json.object(response.body()),
        "{'code':" + code + ",'message':'" + message + "'" + error + "}");
    assertThat(response.statusCode())
        .isEqualTo(ServerUnderTest.isReference34() && code == 9 ? 412 : status);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/json");
  }
}
