package io.kvorum.plain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.PutResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.kvorum.testing.RawHttp;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The WAR that we ship, dropped into a Liberty that is configured as docs/plain-liberty.md says,
 * and driven from outside: by jetcd on the port that it opens, and by an HTTP client below its
 * context root. All tests share one deployment; each keeps to its own keys.
 */
@ExtendWith({PlainServer.class, ArquillianExtension.class})
@Timeout(300)
final class PlainLibertyIT {
  private static final String HTTP = "http://127.0.0.1:" + PlainServer.HTTP_PORT;
  private static final String GRPC = "http://127.0.0.1:" + PlainServer.CLIENT_PORT;
  private static final long SECONDS_AT_MOST = 60;

  private static final HttpClient HTTP_CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  private static Client etcd;

  @Deployment(testable = false)
  static WebArchive kvorum() {
    return ShrinkWrap.createFromZipFile(WebArchive.class, new File("target/kvorum.war"));
  }

  /** It connects with the first call, when the WAR is deployed. */
  @BeforeAll
  static void makeTheClient() {
    etcd = Client.builder().endpoints(GRPC).build();
  }

  @AfterAll
  static void closeTheClient() {
    etcd.close();
  }

  @Test
  void theApplicationIsDeployedUnderItsNameAndTheServerStaysHealthy() throws Exception {
    assertThat(get("/kvorum/").body()).doesNotContain("Context Root Not Found");
    assertThat(get("/other/").body()).contains("Context Root Not Found");
    HttpResponse<String> health = get("/health");
    assertThat(health.statusCode()).isEqualTo(200);
    assertThat(health.body()).contains("\"status\":\"UP\"");
  }

  @Test
  void theClientPortAnswersEtcdsPagesAndSaysWhereJsonIsServed() throws Exception {
    for (String base : List.of(GRPC, HTTP + "/kvorum")) {
      assertThat(page(base + "/health").body()).isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");
      assertThat(page(base + "/livez").body()).isEqualTo("ok\n");
      assertThat(page(base + "/readyz/linearizable_read").body()).isEqualTo("ok\n");
      assertThat(page(base + "/version").body()).contains("\"etcdserver\":\"3.7.1\"");
      assertThat(page(base + "/metrics").body()).contains("\netcd_server_has_leader 1\n");
      assertThat(page(base + "/readyz/nothing").statusCode()).isEqualTo(404);
    }
    HttpResponse<String> json = page(GRPC + "/v3/kv/put");
    assertThat(json.statusCode()).isEqualTo(404);
    assertThat(JsonParser.parseString(json.body()).getAsJsonObject().get("message").getAsString())
        .startsWith("this port does not serve JSON: it is served ")
        .contains(HTTP)
        .endsWith("/kvorum/v3/");
  }

  @Test
  void metricsOfMicroProfileNeedNoUser() throws Exception {
    assertThat(get("/metrics").body()).contains("kvorum_has_leader");
  }

  @Test
  void theLogReportsThatClientsAreServedAndWarnsOfNothingThatThePageDoesNotName() throws Exception {
    assertThat(PlainServer.log().contains("ready to serve client requests on [" + GRPC + "]"))
        .isTrue();
    assertThat(PlainServer.log().unexpected(LibertyPage.read())).isEmpty();
  }

  @Test
  void jetcdPutsGetsAndDeletes() throws Exception {
    long first = put("crud/a", "1").getHeader().getRevision();
    put("crud/a", "2");
    put("crud/b", "3");

    GetResponse all = read("crud/", GetOption.builder().isPrefix(true).build());
    assertThat(all.getKvs())
        .extracting(PlainLibertyIT::text)
        .containsExactly("crud/a=2", "crud/b=3");
    KeyValue a = all.getKvs().get(0);
    assertThat(a.getCreateRevision()).isEqualTo(first);
    assertThat(a.getModRevision()).isEqualTo(first + 1);
    assertThat(a.getVersion()).isEqualTo(2);
    assertThat(read("crud/a", GetOption.builder().withRevision(first).build()).getKvs())
        .extracting(PlainLibertyIT::text)
        .containsExactly("crud/a=1");

    DeleteOption prefix = DeleteOption.builder().isPrefix(true).withPrevKV(true).build();
    assertThat(done(etcd.getKVClient().delete(bytes("crud/"), prefix)).getPrevKvs())
        .extracting(PlainLibertyIT::text)
        .containsExactly("crud/a=2", "crud/b=3");
    assertThat(read("crud/", GetOption.builder().isPrefix(true).build()).getKvs()).isEmpty();
  }

  @Test
  void aTxnOfJetcdTakesTheBranchThatItsCompareChooses() throws Exception {
    put("txn/lock", "free");
    assertThat(swap("txn/lock", "free", "mine").isSucceeded()).isTrue();
    TxnResponse second = swap("txn/lock", "free", "yours");
    assertThat(second.isSucceeded()).isFalse();
    assertThat(second.getGetResponses().get(0).getKvs())
        .extracting(PlainLibertyIT::text)
        .containsExactly("txn/lock=mine");
  }

  private static TxnResponse swap(String key, String from, String to) throws Exception {
    Cmp unchanged = new Cmp(bytes(key), Cmp.Op.EQUAL, CmpTarget.value(bytes(from)));
    return done(
        etcd.getKVClient()
            .txn()
            .If(unchanged)
            .Then(Op.put(bytes(key), bytes(to), PutOption.DEFAULT))
            .Else(Op.get(bytes(key), GetOption.DEFAULT))
            .commit());
  }

  @Test
  void aWatchOfJetcdBringsThePastAndThePresentInOrder() throws Exception {
    long first = put("watch/a", "past").getHeader().getRevision();
    BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
    BlockingQueue<Throwable> errors = new LinkedBlockingQueue<>();
    WatchOption option = WatchOption.builder().isPrefix(true).withRevision(first).build();
    try (Watch.Watcher watcher =
        etcd.getWatchClient()
            .watch(
                bytes("watch/"),
                option,
                Watch.listener(answer -> events.addAll(answer.getEvents()), errors::add))) {
      assertThat(text(next(events).getKeyValue())).isEqualTo("watch/a=past");
      put("watch/b", "present");
      done(etcd.getKVClient().delete(bytes("watch/a")));
      WatchEvent created = next(events);
      assertThat(text(created.getKeyValue())).isEqualTo("watch/b=present");
      assertThat(created.getEventType()).isEqualTo(WatchEvent.EventType.PUT);
      WatchEvent deleted = next(events);
      assertThat(deleted.getEventType()).isEqualTo(WatchEvent.EventType.DELETE);
      assertThat(deleted.getKeyValue().getKey()).isEqualTo(bytes("watch/a"));
      assertThat(deleted.getKeyValue().getModRevision())
          .isGreaterThan(created.getKeyValue().getModRevision());
    }
    assertThat(errors).isEmpty();
  }

  @Test
  void aLeaseOfJetcdIsKeptAliveAndTakesItsKeysWithIt() throws Exception {
    Lease leases = etcd.getLeaseClient();
    long lease = done(leases.grant(600)).getID();
    done(
        etcd.getKVClient()
            .put(bytes("lease/a"), bytes("1"), PutOption.builder().withLeaseId(lease).build()));
    LeaseKeepAliveResponse kept = done(leases.keepAliveOnce(lease));
    assertThat(kept.getTTL()).isEqualTo(600);
    LeaseOption withKeys = LeaseOption.builder().withAttachedKeys().build();
    assertThat(done(leases.timeToLive(lease, withKeys)).getKeys())
        .containsExactly(bytes("lease/a"));

    done(leases.revoke(lease));
    assertThat(read("lease/a", GetOption.DEFAULT).getKvs()).isEmpty();
    assertThat(done(leases.timeToLive(lease, LeaseOption.DEFAULT)).getTTL()).isEqualTo(-1);
  }

  @Test
  void compactionThroughJetcdForgetsThePastAndSaysSo() throws Exception {
    long first = put("compact/a", "1").getHeader().getRevision();
    long second = put("compact/a", "2").getHeader().getRevision();
    done(etcd.getKVClient().compact(second));
    assertThatThrownBy(() -> read("compact/a", GetOption.builder().withRevision(first).build()))
        .hasMessageContaining("required revision has been compacted");
    assertThat(read("compact/a", GetOption.DEFAULT).getKvs())
        .extracting(PlainLibertyIT::text)
        .containsExactly("compact/a=2");
  }

  @Test
  void jsonBelowTheContextRootIsTheSameStoreAsGrpc() throws Exception {
    JsonObject put = post("/v3/kv/put", "{'key':'%s','value':'%s'}", "json/a", "by json");
    long revision = put.getAsJsonObject("header").get("revision").getAsLong();
    KeyValue found = read("json/a", GetOption.DEFAULT).getKvs().get(0);
    assertThat(text(found)).isEqualTo("json/a=by json");
    assertThat(found.getModRevision()).isEqualTo(revision);

    put("json/b", "by jetcd");
    JsonObject range = post("/v3/kv/range", "{'key':'%s','range_end':'%s'}", "json/", "json0");
    assertThat(range.get("count").getAsString()).isEqualTo("2");
    assertThat(range.getAsJsonArray("kvs").get(1).getAsJsonObject().get("value").getAsString())
        .isEqualTo(base64("by jetcd"));

    JsonObject txn =
        post(
            "/v3/kv/txn",
            "{'compare':[{'key':'%s','target':'VERSION','version':'1'}],"
                + "'success':[{'request_delete_range':{'key':'%s'}}]}",
            "json/b",
            "json/b");
    assertThat(txn.get("succeeded").getAsBoolean()).isTrue();
    assertThat(read("json/b", GetOption.DEFAULT).getKvs()).isEmpty();
  }

  @Test
  void aJsonWatchStreamsWhatJetcdWrites() throws Exception {
    HttpResponse<InputStream> answer =
        HTTP_CLIENT.send(
            request("/v3/watch", "{'create_request':{'key':'%s','range_end':'%s'}}", "jw/", "jw0"),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
      assertThat(result(lines).get("created").getAsBoolean()).isTrue();
      put("jw/a", "1");
      JsonObject event = result(lines).getAsJsonArray("events").get(0).getAsJsonObject();
      assertThat(event.getAsJsonObject("kv").get("key").getAsString()).isEqualTo(base64("jw/a"));
    }
  }

  @Test
  void whatIsWrongIsRefusedOverJsonAsEtcdDoes() throws Exception {
    HttpResponse<String> unknownPath = send(request("/v3/kv/nothing", "{}"));
    assertThat(unknownPath.statusCode()).isEqualTo(404);
    HttpResponse<String> noKey = send(request("/v3/kv/put", "{'value':'%s'}", "x"));
    assertThat(noKey.statusCode()).isEqualTo(400);
    JsonObject error = JsonParser.parseString(noKey.body()).getAsJsonObject();
    assertThat(error.get("code").getAsInt()).isEqualTo(3);
    assertThat(error.get("message").getAsString()).contains("key is not provided");
  }

  @Test
  void othersAreServedWhileClientsDoNotSendTheirBodies() throws Exception {
    List<RawHttp> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        RawHttp connection = RawHttp.connect(URI.create(HTTP));
        slow.add(connection);
        connection.send(
            "POST /kvorum/v3/kv/"
                + (i % 2 == 0 ? "put" : "txn")
                + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
      }
      for (int i = 0; i < 20; i++) {
        post("/v3/kv/put", "{'key':'%s','value':'%s'}", "slow/a", "b");
        post("/v3/kv/txn", "{}");
      }
      slow.get(0).send("}" + " ".repeat(98));
      assertThat(slow.get(0).head()).startsWith("HTTP/1.1 400 ");
    } finally {
      for (RawHttp connection : slow) {
        connection.close();
      }
    }
  }

  @Test
  void clientsThatGoAwayOrAreWrongCostNoLinesInTheLog() throws Exception {
    for (String call : List.of("kv/put", "kv/txn", "watch", "lease/keepalive")) {
      String head = "POST /kvorum/v3/" + call + " HTTP/1.1\r\nHost: x\r\n";
      RawHttp reset = RawHttp.connect(URI.create(HTTP));
      reset.send(head + "Content-Length: 100\r\n\r\n{\"key\":");
      reset.reset();
      try (RawHttp half = RawHttp.connect(URI.create(HTTP))) {
        half.send(head + "Content-Length: 100\r\n\r\n{\"key\":");
        half.endOutput();
        assertThat(half.toTheEnd()).as(call).doesNotContain("<html", "<HTML", "Exception");
      }
      try (RawHttp broken = RawHttp.connect(URI.create(HTTP))) {
        broken.send(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
        broken.endOutput();
        assertThat(broken.toTheEnd()).as(call).doesNotContain("<html", "<HTML", "Exception");
      }
    }
    post("/v3/kv/put", "{'key':'%s'}", "wrong/a");
    assertThat(PlainServer.log().unexpected(LibertyPage.read())).isEmpty();
    assertThat(PlainServer.firstFailures()).isEmpty();
  }

  @Test
  void aLargeAnswerArrivesWhole() throws Exception {
    put("large/a", "x".repeat(1_000_000));
    JsonObject range = post("/v3/kv/range", "{'key':'%s'}", "large/a");
    assertThat(range.getAsJsonArray("kvs").get(0).getAsJsonObject().get("value").getAsString())
        .isEqualTo(base64("x".repeat(1_000_000)));
  }

  /** What docs/plain-liberty.md says of streams on this port. */
  @Test
  void aMessageOfAStreamIsOneChunk() throws Exception {
    try (RawHttp watch = RawHttp.connect(URI.create(HTTP))) {
      watch.post(
          "/kvorum/v3/watch", "{\"create_request\":{\"key\":\"" + base64("chunks/a") + "\"}}");
      assertThat(watch.head()).startsWith("HTTP/1.1 200 ");
      assertThat(watch.chunk()).contains("\"created\":true").endsWith("}\n");
      for (int i = 0; i < 60; i++) {
        put("chunks/a", "x".repeat(i < 50 ? i * 100 : i * 20_000));
        String message = watch.chunk();
        assertThat(message).startsWith("{\"result\":{").endsWith("}\n");
        assertThat(message.indexOf('\n')).isEqualTo(message.length() - 1);
      }
    }
  }

  private static JsonObject result(BufferedReader lines) throws IOException {
    return JsonParser.parseString(lines.readLine()).getAsJsonObject().getAsJsonObject("result");
  }

  private static PutResponse put(String key, String value) throws Exception {
    return done(etcd.getKVClient().put(bytes(key), bytes(value)));
  }

  private static GetResponse read(String key, GetOption option) throws Exception {
    return done(etcd.getKVClient().get(bytes(key), option));
  }

  private static <T> T done(CompletableFuture<T> answer) throws Exception {
    return answer.get(SECONDS_AT_MOST, TimeUnit.SECONDS);
  }

  private static WatchEvent next(BlockingQueue<WatchEvent> events) throws InterruptedException {
    WatchEvent event = events.poll(SECONDS_AT_MOST, TimeUnit.SECONDS);
    assertThat(event).as("an event within %d s", SECONDS_AT_MOST).isNotNull();
    return event;
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  private static String text(KeyValue pair) {
    return pair.getKey().toString(UTF_8) + "=" + pair.getValue().toString(UTF_8);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private static JsonObject post(String path, String form, String... texts) throws Exception {
    HttpResponse<String> answer = send(request(path, form, texts));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  /** A POST below the context root; the body has single quotes, and gets the texts in base64. */
  private static HttpRequest request(String path, String form, String... texts) {
    List<String> encoded = new ArrayList<>();
    for (String text : texts) {
      encoded.add(base64(text));
    }
    String body = String.format(form, encoded.toArray()).replace('\'', '"');
    return HttpRequest.newBuilder(URI.create(HTTP + "/kvorum" + path))
        .timeout(Duration.ofSeconds(SECONDS_AT_MOST))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static HttpResponse<String> send(HttpRequest request)
      throws IOException, InterruptedException {
    return HTTP_CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return page(HTTP + path);
  }

  private static HttpResponse<String> page(String url) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(SECONDS_AT_MOST))
            .build());
  }
}
