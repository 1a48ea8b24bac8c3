package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.mvccpb.KeyValue;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A client that writes some tens of keys a second, each once, with a short deadline; when a member
 * does not answer, or says no, it leaves that write and goes on with the next member. It knows
 * which writes were acknowledged, and how long there were none. Thread-safe.
 */
final class SteadyWriter implements AutoCloseable {
  private static final String PREFIX = "steady/";
  private static final long PERIOD_MILLIS = 20;
  private static final long DEADLINE_MILLIS = 500;

  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "steady writer"));
  private final Map<URI, ManagedChannel> channels = new HashMap<>();
  private final Map<String, Long> acknowledged = new TreeMap<>();
  private final List<String> complaints = new ArrayList<>();
  private List<URI> endpoints;
  private int turn;
  private long count;
  private long lastNanos;
  private long longestPauseNanos;

  SteadyWriter(List<URI> endpoints) {
    this.endpoints = List.copyOf(endpoints);
    this.lastNanos = System.nanoTime();
    clock.scheduleWithFixedDelay(this::write, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Whom to ask from now on. */
  synchronized void use(List<URI> newEndpoints) {
    endpoints = List.copyOf(newEndpoints);
  }

  /** The longest time without an acknowledged write since this was asked before. */
  synchronized Duration longestPause() {
    Duration longest = Duration.ofNanos(Math.max(longestPauseNanos, System.nanoTime() - lastNanos));
    longestPauseNanos = 0;
    return longest;
  }

  synchronized int acknowledgedCount() {
    return acknowledged.size();
  }

  /** Waits until so many further writes are acknowledged. */
  synchronized void awaitMore(int writes) throws InterruptedException {
    int wanted = acknowledged.size() + writes;
    long deadline = System.nanoTime() + Operator.PATIENCE.toNanos();
    while (acknowledged.size() < wanted) {
      assertThat(System.nanoTime()).as("writes go on; last: %s", complaints).isLessThan(deadline);
      wait(1000);
    }
  }

  /** Ends the writing. */
  void stop() throws InterruptedException {
    clock.shutdown();
    assertThat(clock.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  /** Each acknowledged write is there, as of its revision, written once. */
  synchronized void assertNothingLost(URI member) {
    RangeRequest all =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(PREFIX))
            .setRangeEnd(ByteString.copyFromUtf8("steady0"))
            .build();
    RangeResponse found =
        KVGrpc.newBlockingStub(channel(member))
            .withWaitForReady() // the channel may not know yet that the member is back
            .withDeadlineAfter(30, TimeUnit.SECONDS)
            .range(all);
    Map<String, Long> revisions = new TreeMap<>();
    for (KeyValue pair : found.getKvsList()) {
      assertThat(pair.getVersion()).as("%s was written once", pair.getKey()).isEqualTo(1);
      revisions.put(pair.getKey().toStringUtf8(), pair.getModRevision());
    }
    assertThat(revisions)
        .as("of %s writes at %s", count, member)
        .containsAllEntriesOf(acknowledged);
  }

  private void write() {
    URI endpoint;
    String key;
    ManagedChannel channel;
    synchronized (this) {
      endpoint = endpoints.get(turn % endpoints.size());
      channel = channel(endpoint);
      key = "%s%08d".formatted(PREFIX, count++);
    }
    PutRequest put =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFrom(new byte[64]))
            .build();
    try {
      long revision =
          KVGrpc.newBlockingStub(channel)
              .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
              .put(put)
              .getHeader()
              .getRevision();
      answered(key, revision);
    } catch (StatusRuntimeException e) {
      refused(endpoint + ": " + e.getMessage());
    }
  }

  private synchronized void answered(String key, long revision) {
    long now = System.nanoTime();
    longestPauseNanos = Math.max(longestPauseNanos, now - lastNanos);
    lastNanos = now;
    acknowledged.put(key, revision);
    complaints.clear();
    notifyAll();
  }

  private synchronized void refused(String complaint) {
    turn++;
    complaints.add(complaint);
  }

  private synchronized ManagedChannel channel(URI endpoint) {
    return channels.computeIfAbsent(
        endpoint,
        address ->
            NettyChannelBuilder.forAddress(address.getHost(), address.getPort())
                .usePlaintext()
                .disableRetry()
                .build());
  }

  @Override
  public void close() throws InterruptedException {
    stop();
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
