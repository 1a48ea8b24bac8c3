package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import io.kvorum.testing.Await;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class JsonLockIT {
  private static final Duration AT_MOST = Duration.ofSeconds(15);

  private final JsonGateway gateway;
  private final ServerUnderTest server;
  private final String name;

  JsonLockIT(ServerUnderTest server, TestInfo test) {
    this.server = server;
    gateway = new JsonGateway(server.endpoint());
    name = ServerUnderTest.prefix(test) + "l";
  }

  private long grant() {
    return gateway.postForBody("/v3/lease/grant", "{'TTL':'300'}").get("ID").getAsLong();
  }

  private String request(long lease) {
    return "{'name':'" + Json.base64(name) + "','lease':'" + lease + "'}";
  }

  private String key(long lease) {
    return name + "/" + Long.toString(lease, 16);
  }

  private JsonObject lock(long lease) {
    return gateway.postForBody("/v3/lock/lock", request(lease));
  }

  private boolean isThere(String key) {
    return gateway.postForBody("/v3/kv/range", "{'key':'" + Json.base64(key) + "'}").has("kvs");
  }

  private void unlock(String key) {
    Json.assertSame(
        gateway.postForBody("/v3/lock/unlock", "{'key':'" + Json.base64(key) + "'}"), "{}");
  }

  /** A call that waits, once its key is in the queue. */
  private CompletableFuture<String> waiting(long lease) {
    CompletableFuture<String> answer =
        CompletableFuture.supplyAsync(
            () -> gateway.send("/v3/lock/lock", request(lease).replace('\'', '"')).body(),
            task -> new Thread(task).start());
    Await.until("its key is in the queue", AT_MOST, () -> isThere(key(lease)));
    return answer;
  }

  private static JsonObject answer(CompletableFuture<String> waiting) {
    try {
      return Json.withoutHeader(waiting.get(AT_MOST.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("no answer", e);
    }
  }

  @Test
  void aFreeLockIsGrantedAtOnceAndUnlocked() {
    long lease = grant();
    Json.assertSame(lock(lease), "{'key':'" + Json.base64(key(lease)) + "'}");
    assertThat(isThere(key(lease))).isTrue();
    unlock(key(lease));
    assertThat(isThere(key(lease))).isFalse();
    unlock(key(lease));
  }

  @Test
  void theWaiterIsAnsweredWhenTheHolderUnlocks() {
    long holder = grant();
    long waiter = grant();
    lock(holder);
    CompletableFuture<String> waiting = waiting(waiter);
    assertThat(waiting).isNotDone();
    unlock(key(holder));
    Json.assertSame(answer(waiting), "{'key':'" + Json.base64(key(waiter)) + "'}");
  }

  @Test
  void manyWaitersGetTheLockInTheirOrder() {
    long holder = grant();
    lock(holder);
    String before = key(holder);
    Map<Long, CompletableFuture<String>> waiting = new LinkedHashMap<>();
    for (int i = 0; i < 40; i++) {
      long lease = grant();
      waiting.put(lease, waiting(lease));
    }
    for (var waiter : waiting.entrySet()) {
      unlock(before);
      answer(waiter.getValue());
      before = key(waiter.getKey());
    }
  }

  @Test
  void aClientThatDisconnectsLeavesNoKey() throws Exception {
    long waiter = grant();
    lock(grant());
    try (RawRequest waiting =
        RawRequest.post(server.endpoint(), "/v3/lock/lock", request(waiter))) {
      Await.until("its key is in the queue", AT_MOST, () -> isThere(key(waiter)));
      assertThat(waiting.hasAnswer()).isFalse();
    }
    Await.until("its key is gone", Duration.ofSeconds(5), () -> !isThere(key(waiter)));
  }

  @Test
  void errorsHaveLostTheirCode() {
    assertUnknown("/v3/lock/lock", request(4242), "etcdserver: requested lease not found");
    assertUnknown("/v3/lock/unlock", "{}", "etcdserver: key is not provided");
  }

  @Test
  void aWaiterWhoseLeaseHasEndedLearnsOfItWhenItsTurnComes() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 does not look for the own key");
    long holder = grant();
    long waiter = grant();
    lock(holder);
    CompletableFuture<String> waiting = waiting(waiter);
    gateway.post("/v3/lease/revoke", "{'ID':'" + waiter + "'}");
    unlock(key(holder));
    assertThat(waiting.join()).contains("\"code\":2").contains("mutex: session is expired");
  }

  private void assertUnknown(String path, String body, String message) {
    JsonKvIT.assertError(gateway.send(path, body.replace('\'', '"')), 500, 2, message);
  }
}
