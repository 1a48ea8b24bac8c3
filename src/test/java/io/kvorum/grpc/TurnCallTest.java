package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.testing.Await;
import io.kvorum.testing.Pause;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that wait for a lock of a whole member, and the many ways in which they end. */
@Timeout(120)
class TurnCallTest {
  private static final Duration GONE_AT_MOST = Duration.ofSeconds(30);
  private static final long SEED = 3;

  @TempDir Path directory;

  private final String peerUrl = Ports.freeUrl().toString();
  private Member member;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    member = open();
    channel = connect();
  }

  @AfterEach
  void stop() throws IOException {
    channel.shutdownNow();
    member.close();
  }

  private Member open() throws Exception {
    Map<String, String> flags = new HashMap<>();
    flags.put("data-dir", directory.toString());
    flags.put("listen-client-urls", Ports.freeUrl().toString());
    flags.put("listen-peer-urls", peerUrl);
    flags.put("initial-advertise-peer-urls", peerUrl);
    flags.put("initial-cluster", "default=" + peerUrl);
    Member opened =
        Member.open(
            MemberConfig.fromFlags(flags::get),
            failure -> {
              throw new AssertionError(failure);
            });
    opened.start();
    opened.whenReady().get(30, TimeUnit.SECONDS);
    return opened;
  }

  private ManagedChannel connect() {
    return NettyChannelBuilder.forAddress(member.clientPort().addresses().get(0))
        .usePlaintext()
        .build();
  }

  private long lease(long id) throws Exception {
    return member.services().lease().grant(id, 300).get(30, TimeUnit.SECONDS).id();
  }

  private static LockRequest request(long lease) {
    return LockRequest.newBuilder().setName(ByteString.copyFromUtf8("l")).setLease(lease).build();
  }

  private Future<LockResponse> lock(long lease) {
    return LockGrpc.newFutureStub(channel).lock(request(lease));
  }

  private void hold(long lease) throws Exception {
    assertThat(lock(lease).get(30, TimeUnit.SECONDS).getKey().toStringUtf8())
        .isEqualTo("l/" + Long.toHexString(lease));
  }

  /** A call that waits, once its key is in the queue. */
  private Future<LockResponse> waiting(long lease) {
    Future<LockResponse> call = lock(lease);
    Await.until(
        "a key in the queue",
        Duration.ofSeconds(30),
        () -> keys().contains("l/" + Long.toHexString(lease)));
    return call;
  }

  private Set<String> keys() {
    return member
        .services()
        .kv()
        .range(RangeQuery.of(new KeyRange(Bytes.utf8("l/"), Bytes.utf8("l0"))), true)
        .join()
        .kvs()
        .stream()
        .map(kv -> kv.key().toUtf8())
        .collect(Collectors.toSet());
  }

  private void awaitKeys(String... keys) {
    Await.until(
        "no other keys than " + List.of(keys), GONE_AT_MOST, () -> keys().equals(Set.of(keys)));
  }

  private static Status failure(Future<LockResponse> call) {
    ExecutionException failure =
        catchThrowableOfType(ExecutionException.class, () -> call.get(30, TimeUnit.SECONDS));
    return Status.fromThrowable(failure);
  }

  @Test
  void aCallThatIsCancelledOrTooLateLeavesNoKey() throws Exception {
    hold(lease(1));
    assertThat(waiting(lease(2)).cancel(true)).isTrue();
    awaitKeys("l/1");
    Future<LockResponse> late =
        LockGrpc.newFutureStub(channel)
            .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
            .lock(request(lease(3)));
    assertThat(failure(late).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    awaitKeys("l/1");
  }

  @Test
  void aConnectionThatBreaksLeavesNoKey() throws Exception {
    hold(lease(1));
    Future<LockResponse> waiting = waiting(lease(2));
    channel.shutdownNow();
    assertThat(failure(waiting).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    awaitKeys("l/1");
  }

  @Test
  void callsThatAreCancelledAtAnyMomentLeaveNoKey() throws Exception {
    Random random = new Random(SEED);
    hold(lease(1));
    for (int i = 0; i < 300; i++) {
      Future<LockResponse> call = lock(lease(100 + i));
      Pause.until(System.nanoTime() + random.nextInt(3_000_000));
      assertThat(call.cancel(true)).isTrue();
    }
    awaitKeys("l/1");
    Await.until("no watcher", GONE_AT_MOST, () -> member.watchHub().stats().watchers() == 0);
  }

  @Test
  void waitersThatAreCancelledAtAnyMomentLeaveNoKeyAndTheOthersTheirTurn() throws Exception {
    Random random = new Random(SEED);
    hold(lease(1));
    List<Future<LockResponse>> calls = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      calls.add(lock(lease(100 + i)));
    }
    List<Future<LockResponse>> patient = new ArrayList<>();
    for (Future<LockResponse> call : calls) {
      if (random.nextBoolean()) {
        patient.add(call);
      } else {
        assertThat(call.cancel(true)).isTrue();
      }
    }
    unlock(ByteString.copyFromUtf8("l/1"));
    // Calls that are made at the same time get into the queue in any order.
    while (!patient.isEmpty()) {
      Await.until(
          "somebody's turn",
          Duration.ofSeconds(30),
          () -> patient.stream().anyMatch(Future::isDone));
      Future<LockResponse> granted = patient.stream().filter(Future::isDone).findFirst().get();
      ByteString key = granted.get().getKey();
      assertThat(keys()).contains(key.toStringUtf8());
      unlock(key);
      patient.remove(granted);
    }
    awaitKeys();
  }

  private void unlock(ByteString key) {
    member.services().lock().unlock(Bytes.wrap(key.toByteArray())).join();
  }

  @Test
  void aMemberThatStopsSaysSoToTheWaitersAndTheyLeaveNoKey() throws Exception {
    hold(lease(1));
    Future<LockResponse> waiting = waiting(lease(2));
    member.close();
    Status status = failure(waiting);
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("etcdserver: server stopped");
    member = open();
    assertThat(keys()).containsExactly("l/1");
  }
}
