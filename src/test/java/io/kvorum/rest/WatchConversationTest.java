package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.Header;
import io.kvorum.service.Open;
import io.kvorum.testing.Admitted;
import io.kvorum.watch.WatchHub;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over a real hub; every watch here is of what comes, so the store has nothing to give. */
@Timeout(60)
class WatchConversationTest {
  private static final ClientLimits LIMITS = new ClientLimits(300 << 10, 128, 4 << 20);

  private final NoHistory store = new NoHistory();
  private final WatchHub hub = new WatchHub(store, Duration.ofHours(1));
  private final Semaphore woken = new Semaphore(0);
  private WatchConversation conversation;

  private static final class NoHistory implements ChangeSource {
    private volatile long revision = 10;

    @Override
    public long revision() {
      return revision;
    }

    @Override
    public long compactedRevision() {
      return 5;
    }

    @Override
    public MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
      if (fromRevision < compactedRevision()) {
        throw new RequestException(ErrorCode.COMPACTED);
      }
      return new MvccStore.Changes(List.of(), revision);
    }

    @Override
    public @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
      return null;
    }
  }

  @BeforeEach
  void start() {
    hub.start();
    conversation =
        new WatchConversation(
            Open.watch(hub, Admitted.ALL).open(Admitted.SOMEBODY, woken::release),
            revision -> new Header(1, 2, revision, 3),
            LIMITS);
  }

  @AfterEach
  void stop() {
    conversation.close();
    hub.close();
  }

  private void take(String json) {
    conversation.take(json.getBytes(StandardCharsets.UTF_8));
  }

  private String next() throws InterruptedException {
    while (true) {
      byte[] next = conversation.next();
      if (next != null) {
        return new String(next, StandardCharsets.UTF_8);
      }
      assertThat(woken.tryAcquire(30, TimeUnit.SECONDS)).as("woken").isTrue();
    }
  }

  private void publish(Event... events) {
    long revision = store.revision + 1;
    store.revision = revision;
    hub.publish(revision, List.of(events));
  }

  private KeyValue version(String key, String value, long version) {
    long revision = store.revision + 1;
    return new KeyValue(
        Bytes.utf8(key), Bytes.utf8(value), revision - version + 1, revision, version, 0);
  }

  private static String result(String fields) {
    return "{\"result\":{\"header\":{\"cluster_id\":\"1\",\"member_id\":\"2\"," + fields + "}}\n";
  }

  @Test
  void itHasAnsweredWhenAllWatchesAreConfirmedOrRefused() throws Exception {
    assertThat(conversation.hasAnswered()).isTrue();
    take("{\"create_request\":{\"key\":\"YQ==\"}}");
    take("{\"create_request\":{\"key\":\"YQ==\",\"range_end\":\"QQ==\"}}");
    take("{\"cancel_request\":{\"watch_id\":77}}");
    assertThat(conversation.hasAnswered()).isFalse();
    assertThat(next()).contains("\"created\":true");
    assertThat(conversation.hasAnswered()).isFalse();
    assertThat(next()).contains("\"canceled\":true");
    assertThat(conversation.hasAnswered()).isTrue();
  }

  @Test
  void aClientThatDoesNotTakeAnswersHasFewRequestsWaiting() throws Exception {
    int asked = 0;
    while (conversation.takesMore()) {
      take("{\"create_request\":{\"key\":\"YQ==\"}}");
      asked++;
    }
    assertThat(asked).isBetween(100, 200);
    for (int i = 0; i < asked; i++) {
      assertThat(next()).contains("\"created\":true");
    }
    assertThat(conversation.takesMore()).isTrue();
  }

  @Test
  void requestsThatAreNotAnsweredMakeRoomForOthers() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      while (!conversation.takesMore()) {
        assertThat(woken.tryAcquire(30, TimeUnit.SECONDS)).as("woken").isTrue();
      }
      take("{\"cancel_request\":{\"watch_id\":77}}");
    }
  }

  @Test
  void aWatchIsCreatedFedAndCancelled() throws InterruptedException {
    take("{\"create_request\":{\"key\":\"Zm9v\"}}");
    assertThat(next())
        .isEqualTo(result("\"revision\":\"10\",\"raft_term\":\"3\"},\"created\":true"));
    publish(new Event(version("foo", "bar", 1), null));
    assertThat(next())
        .isEqualTo(
            result(
                "\"revision\":\"11\",\"raft_term\":\"3\"},\"events\":[{\"kv\":{\"key\":\"Zm9v\","
                    + "\"create_revision\":\"11\",\"mod_revision\":\"11\",\"version\":\"1\","
                    + "\"value\":\"YmFy\"}}]"));
    take("{\"cancel_request\":{\"watch_id\":\"0\"}}");
    assertThat(next())
        .isEqualTo(result("\"revision\":\"11\",\"raft_term\":\"3\"},\"canceled\":true"));
  }

  @Test
  void thePreviousVersionIsShownOnRequest() throws InterruptedException {
    take("{\"create_request\":{\"key\":\"Zm9v\",\"prev_kv\":true}}");
    next();
    KeyValue before = version("foo", "1", 1);
    publish(new Event(before, null));
    next();
    publish(new Event(KeyValue.tombstone(Bytes.utf8("foo"), 12), before));
    assertThat(next())
        .contains(
            "\"events\":[{\"type\":\"DELETE\",\"kv\":{\"key\":\"Zm9v\",\"mod_revision\":\"12\"},"
                + "\"prev_kv\":{\"key\":\"Zm9v\",\"create_revision\":\"11\",\"mod_revision\":"
                + "\"11\",\"version\":\"1\",\"value\":\"MQ==\"}}]");
  }

  @Test
  void aCompactedStartIsCreatedAndCancelledWithoutARevisionInTheHeader()
      throws InterruptedException {
    take("{\"create_request\":{\"key\":\"Zm9v\",\"start_revision\":\"2\"}}");
    assertThat(next()).contains("\"created\":true");
    assertThat(next())
        .isEqualTo(result("\"raft_term\":\"3\"},\"canceled\":true,\"compact_revision\":\"5\""));
  }

  @Test
  void aProgressRequestIsAnsweredForNoWatcher() throws InterruptedException {
    take("{\"create_request\":{\"key\":\"Zm9v\"}}");
    next();
    take("{\"progress_request\":{}}");
    assertThat(next())
        .isEqualTo(result("\"revision\":\"10\",\"raft_term\":\"3\"},\"watch_id\":\"-1\""));
  }

  @Test
  void aLargeRevisionIsFragmentedForClientsThatAcceptIt() throws InterruptedException {
    take("{\"create_request\":{\"key\":\"YQ==\",\"range_end\":\"AA==\",\"fragment\":true}}");
    next();
    publish(
        new Event(version("a", "x".repeat(500 << 10), 1), null),
        new Event(version("b", "y".repeat(500 << 10), 1), null));
    assertThat(next()).contains("\"fragment\":true,\"events\":[{\"kv\":{\"key\":\"YQ==\"");
    assertThat(next()).doesNotContain("fragment").contains("{\"kv\":{\"key\":\"Yg==\"");
  }

  @Test
  void aRevisionIsNotCutBelowTheLimitThatTheGrpcFaceHas() throws InterruptedException {
    take("{\"create_request\":{\"key\":\"YQ==\",\"range_end\":\"AA==\",\"fragment\":true}}");
    next();
    publish(
        new Event(version("a", "x".repeat(200 << 10), 1), null),
        new Event(version("b", "y".repeat(200 << 10), 1), null));
    assertThat(LIMITS.maxMessageBytes()).isGreaterThan(500 << 10);
    assertThat(next()).doesNotContain("\"fragment\"").contains("{\"kv\":{\"key\":\"Yg==\"");
  }

  @Test
  void aRequestWithoutContentIsIgnoredAndAWatchNeverEndsOnItsOwn() {
    take("{}");
    conversation.requestsEnded();
    assertThat(conversation.next()).isNull();
    assertThat(conversation.isOver()).isFalse();
  }
}
