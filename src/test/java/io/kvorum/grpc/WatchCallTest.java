package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.proto.etcdserverpb.WatchCancelRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchProgressRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.service.Header;
import io.kvorum.service.Open;
import io.kvorum.testing.Admitted;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Watch streams of real gRPC clients over a real hub, whose store is a map. */
@Timeout(120)
class WatchCallTest {
  private final Revisions revisions = new Revisions();
  private final WatchHub hub = new WatchHub(revisions, Duration.ofHours(1));
  private final AtomicBoolean hasLeader = new AtomicBoolean(true);
  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    hub.start();
    StreamRegistry streams = new StreamRegistry(hasLeader::get);
    harness = new PortHarness(streams, List.of(define(streams)), null);
  }

  private ServerServiceDefinition define(StreamRegistry streams) {
    WatchCall.Context context =
        new WatchCall.Context(
            Open.watch(hub, Admitted.ALL),
            message -> new Header(1, 2, message.revision(), 3),
            2000,
            streams);
    return WatchMethods.define(
        context, new CallGuard(hasLeader::get, Admitted.ALL, new ClientVersions()));
  }

  @AfterEach
  void stop() {
    harness.close();
    hub.close();
  }

  /** A store of one key per revision, that tells the hub what is put. */
  private final class Revisions implements ChangeSource {
    private final NavigableMap<Long, KeyValue> byRevision = new ConcurrentSkipListMap<>();
    private volatile long revision = 1;

    void put(String key, String value) {
      long next = revision + 1;
      KeyValue kv = new KeyValue(Bytes.utf8(key), Bytes.utf8(value), next, next, 1, 0);
      byRevision.put(next, kv);
      revision = next;
      hub.publish(next, List.of(new Event(kv, null)));
    }

    @Override
    public long revision() {
      return revision;
    }

    @Override
    public long compactedRevision() {
      return -1;
    }

    @Override
    public MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
      List<Change> changes = new ArrayList<>();
      long last = fromRevision - 1;
      for (KeyValue kv : byRevision.tailMap(fromRevision).values()) {
        if (changes.size() == maxRevisions || kv.modRevision() > revision) {
          break;
        }
        changes.add(new Change(0, kv));
        last = kv.modRevision();
      }
      return new MvccStore.Changes(changes, changes.isEmpty() ? revision : last);
    }

    @Override
    public @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
      return null;
    }
  }

  /** A client that reads as many responses as it is told to. */
  private static final class Client extends ClientCall.Listener<WatchResponse> {
    private final ClientCall<WatchRequest, WatchResponse> call;
    final BlockingQueue<WatchResponse> responses = new LinkedBlockingQueue<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();

    Client(Channel channel, Metadata headers) {
      call = channel.newCall(WatchGrpc.getWatchMethod(), io.grpc.CallOptions.DEFAULT);
      call.start(this, headers);
    }

    void read(int count) {
      call.request(count);
    }

    void create(WatchCreateRequest.Builder create) {
      call.sendMessage(WatchRequest.newBuilder().setCreateRequest(create).build());
    }

    WatchResponse next() throws InterruptedException {
      WatchResponse response = responses.poll(30, TimeUnit.SECONDS);
      assertThat(response).isNotNull();
      return response;
    }

    @Override
    public void onMessage(WatchResponse response) {
      responses.add(response);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(status);
    }
  }

  private Client client() {
    return new Client(harness.channel(), new Metadata());
  }

  private static WatchCreateRequest.Builder prefix(String from) {
    return WatchCreateRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(from))
        .setRangeEnd(ByteString.copyFromUtf8(from + "\uFFFD"));
  }

  @Test
  void aWatcherIsCreatedFedAndCanceled() throws Exception {
    Client client = client();
    client.read(100);
    client.create(prefix("k"));
    WatchResponse created = client.next();
    assertThat(created.getCreated()).isTrue();
    assertThat(created.getHeader().getRevision()).isEqualTo(1);
    assertThat(created.getHeader().getRaftTerm()).isEqualTo(3);
    revisions.put("k1", "v1");
    WatchResponse events = client.next();
    assertThat(events.getEvents(0).getKv().getValue().toStringUtf8()).isEqualTo("v1");
    assertThat(events.getHeader().getRevision()).isEqualTo(2);
    client.call.sendMessage(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
    WatchResponse progress = client.next();
    assertThat(progress.getWatchId()).isEqualTo(-1);
    assertThat(progress.getEventsCount()).isZero();
    client.call.sendMessage(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(created.getWatchId()))
            .build());
    assertThat(client.next().getCanceled()).isTrue();
  }

  @Test
  void aRequestThatAsksForNothingIsIgnored() throws Exception {
    Client client = client();
    client.read(100);
    client.call.sendMessage(WatchRequest.getDefaultInstance());
    client.create(prefix("k"));
    assertThat(client.next().getCreated()).isTrue();
  }

  @Test
  void aClientThatHasNoMoreRequestsStillGetsItsEvents() throws Exception {
    Client client = client();
    client.read(100);
    client.create(prefix("k"));
    client.call.halfClose();
    assertThat(client.next().getCreated()).isTrue();
    revisions.put("k", "v");
    assertThat(client.next().getEventsCount()).isEqualTo(1);
  }

  @Test
  void aClientThatStopsReadingStallsNoOtherAndMissesNothing() throws Exception {
    int puts = 5_000;
    String value = "v".repeat(2_000);
    Client stuck = client();
    stuck.create(prefix("k"));
    stuck.read(1);
    assertThat(stuck.next().getCreated()).isTrue();
    Client reader = client();
    reader.create(prefix("k"));
    reader.read(Integer.MAX_VALUE);
    assertThat(reader.next().getCreated()).isTrue();

    for (int i = 0; i < puts; i++) {
      revisions.put("k" + i, value);
    }
    assertThat(revisionsSeenBy(reader, puts)).isEqualTo(allOf(puts));

    // 10 MB did not go to the one who does not read: its transport takes 64 KiB and some.
    long sent = harness.port.stats().get(0).bytesSent();
    assertThat(sent).isLessThan((long) puts * value.length() * 3 / 2);
    assertThat(stuck.responses).isEmpty();

    stuck.read(Integer.MAX_VALUE);
    assertThat(revisionsSeenBy(stuck, puts)).isEqualTo(allOf(puts));
  }

  private static List<Long> revisionsSeenBy(Client client, int count) throws InterruptedException {
    List<Long> seen = new ArrayList<>();
    while (seen.size() < count) {
      client.next().getEventsList().forEach(event -> seen.add(event.getKv().getModRevision()));
    }
    return seen;
  }

  private static List<Long> allOf(int puts) {
    List<Long> all = new ArrayList<>();
    for (long revision = 2; revision < puts + 2; revision++) {
      all.add(revision);
    }
    return all;
  }

  @Test
  void aClientThatReadsNoAnswersIsNotReadFromForEver() throws Exception {
    Client flooding = client();
    int requests = 200_000;
    for (int i = 0; i < requests && !flooding.end.isDone(); i++) {
      flooding.create(prefix("k"));
    }
    Client other = client();
    other.read(10);
    other.create(prefix("k"));
    assertThat(other.next().getCreated()).isTrue();
    assertThat(harness.port.stats().get(0).messagesReceived()).isLessThan(requests);
  }

  @Test
  void moreRequestsThanMayWaitAreAllAnsweredInTheEnd() throws Exception {
    Client client = client();
    int count = 3_000;
    client.read(count);
    for (int i = 0; i < count; i++) {
      client.create(prefix("k"));
      client.call.sendMessage(
          WatchRequest.newBuilder()
              .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(1 << 20))
              .build());
    }
    for (int i = 0; i < count; i++) {
      assertThat(client.next().getCreated()).isTrue();
    }
  }

  @Test
  void largeBatchesComeInPartsForThoseWhoTakeThem() throws Exception {
    for (int i = 0; i < 50; i++) {
      revisions.put("k" + i, "v".repeat(300));
    }
    Client client = client();
    client.read(1000);
    client.create(prefix("k").setStartRevision(2).setFragment(true));
    assertThat(client.next().getCreated()).isTrue();
    int events = 0;
    int fragments = 0;
    while (events < 50) {
      WatchResponse part = client.next();
      assertThat(part.getSerializedSize()).isLessThan(2000);
      events += part.getEventsCount();
      fragments += part.getFragment() ? 1 : 0;
    }
    assertThat(fragments).isPositive();
  }

  @Test
  void streamsThatNeedALeaderEndWhenItIsGone() throws Exception {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    Client demanding = new Client(harness.channel(), headers);
    Client modest = client();
    for (Client client : List.of(demanding, modest)) {
      client.read(10);
      client.create(prefix("k"));
      assertThat(client.next().getCreated()).isTrue();
    }
    hasLeader.set(false);
    Status status = demanding.end.get(30, TimeUnit.SECONDS);
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("etcdserver: no leader");
    Status refused = new Client(harness.channel(), headers).end.get(30, TimeUnit.SECONDS);
    assertThat(refused.getDescription()).isEqualTo("etcdserver: no leader");
    revisions.put("k", "v");
    assertThat(modest.next().getEventsCount()).isEqualTo(1);
  }

  @Test
  @Timeout(20)
  void stoppingEndsTheStreamsWithThatReason() throws Exception {
    Client client = client();
    client.read(10);
    client.create(prefix("k"));
    assertThat(client.next().getCreated()).isTrue();
    harness.port.close();
    Status status = client.end.get(10, TimeUnit.SECONDS);
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("etcdserver: server stopped");
  }

  @Test
  void aClientThatGoesTakesItsWatchersWithIt() throws Exception {
    Client client = client();
    client.read(10);
    client.create(prefix("k"));
    assertThat(client.next().getCreated()).isTrue();
    assertThat(hub.stats().streams()).isEqualTo(1);
    client.call.cancel("enough", null);
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (hub.stats().streams() > 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(hub.stats().streams()).isZero();
  }
}
