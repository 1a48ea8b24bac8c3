package io.kvorum.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
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
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Puts keys at a steady pace, each once, one call at a time. A put that fails is counted and left,
 * and the next one goes to the next endpoint. Knows which puts were acknowledged, and when. Runs on
 * its own thread from its construction until {@link #stop}. Thread-safe.
 */
public final class SteadyWriter implements AutoCloseable {
  private static final ByteString VALUE = ByteString.copyFrom(new byte[64]);

  /**
   * How fast it writes and how long it waits.
   *
   * @param period from the start of one put to the start of the next, at least
   * @param deadline of each put
   */
  public record Pace(Duration period, Duration deadline) {
    /** Some tens of puts a second; a member that does not answer is left at once. */
    public static final Pace GENTLE = new Pace(Duration.ofMillis(20), Duration.ofMillis(500));

    /** As many, where a slow answer is no failure: the machine may be busy. */
    public static final Pace PATIENT = new Pace(Duration.ofMillis(20), Duration.ofSeconds(20));
  }

  private final String prefix;
  private final Pace pace;
  private final Refusals refusals;
  private final Function<URI, ManagedChannel> opener;
  private final Thread thread;
  private final Map<URI, ManagedChannel> channels = new HashMap<>();
  private final Map<String, Long> acknowledged = new TreeMap<>();
  private final List<Long> answers = new ArrayList<>();
  private List<URI> endpoints;
  private int turn;
  private long count;
  private long lastNanos = System.nanoTime();
  private long longestPauseNanos;
  private boolean isStopped;

  /** A gentle writer to several members. */
  public SteadyWriter(List<URI> endpoints) {
    this(endpoints, Pace.GENTLE);
  }

  /** The only writer of a cluster. */
  public SteadyWriter(List<URI> endpoints, Pace pace) {
    this("any", endpoints, pace, new Refusals());
  }

  /**
   * A writer.
   *
   * @param name part of its keys: one name per writer of a cluster
   * @param refusals counts the failed puts
   */
  public SteadyWriter(String name, List<URI> endpoints, Pace pace, Refusals refusals) {
    this(name, endpoints, pace, refusals, Channels::to);
  }

  /** The same with channels of the caller's kind. */
  public SteadyWriter(
      String name,
      List<URI> endpoints,
      Pace pace,
      Refusals refusals,
      Function<URI, ManagedChannel> opener) {
    this.opener = opener;
    this.prefix = "steady/" + name;
    this.endpoints = List.copyOf(endpoints);
    this.pace = pace;
    this.refusals = refusals;
    this.thread = new Thread(this::run, "steady writer " + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Writes to these members from now on. */
  public synchronized void use(List<URI> newEndpoints) {
    endpoints = List.copyOf(newEndpoints);
  }

  /** The longest time without an acknowledged put since this method was called before. */
  public synchronized Duration longestPause() {
    Duration longest = Duration.ofNanos(Math.max(longestPauseNanos, System.nanoTime() - lastNanos));
    longestPauseNanos = 0;
    return longest;
  }

  public synchronized int acknowledgedCount() {
    return answers.size();
  }

  /** When puts were acknowledged, in order, on this JVM's {@link System#nanoTime}. */
  public synchronized List<Long> answers() {
    return List.copyOf(answers);
  }

  /** How many puts were acknowledged after that moment. */
  public synchronized long answeredSince(long nanos) {
    return answers.stream().filter(at -> at - nanos > 0).count();
  }

  /** Waits until so many more puts are acknowledged. */
  public void awaitMore(int puts) {
    int wanted = acknowledgedCount() + puts;
    Await.until(
        puts + " more puts; refused so far:\n" + refusals,
        ServerProcess.PATIENCE,
        () -> acknowledgedCount() >= wanted);
  }

  /** Ends the writing, after the put under way. */
  public void stop() throws InterruptedException {
    synchronized (this) {
      isStopped = true;
    }
    thread.join(pace.deadline().plus(Duration.ofMinutes(1)).toMillis());
    assertThat(thread.isAlive()).as("%s still writes", prefix).isFalse();
  }

  /** Checks that the member holds each acknowledged put as of its revision, written once. */
  public synchronized void assertNothingLost(URI member) {
    RangeRequest all =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(prefix + "/"))
            .setRangeEnd(ByteString.copyFromUtf8(prefix + "0"))
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
    assertThat(revisions).as("of %s puts at %s", count, member).containsAllEntriesOf(acknowledged);
  }

  private void run() {
    long next = System.nanoTime();
    while (put()) {
      next = Math.max(next + pace.period().toNanos(), System.nanoTime());
      Pause.until(next);
    }
  }

  /** One put; false once there are to be no more. */
  private boolean put() {
    KVGrpc.KVBlockingStub member;
    String key;
    synchronized (this) {
      if (isStopped) {
        return false;
      }
      member = KVGrpc.newBlockingStub(channel(endpoints.get(turn % endpoints.size())));
      key = "%s/%08d".formatted(prefix, count++);
    }
    PutRequest put =
        PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).setValue(VALUE).build();
    try {
      long revision =
          member
              .withDeadlineAfter(pace.deadline().toMillis(), TimeUnit.MILLISECONDS)
              .put(put)
              .getHeader()
              .getRevision();
      answered(key, revision);
    } catch (StatusRuntimeException e) {
      refusals.add(e);
      refused();
    }
    return true;
  }

  private synchronized void answered(String key, long revision) {
    long now = System.nanoTime();
    longestPauseNanos = Math.max(longestPauseNanos, now - lastNanos);
    lastNanos = now;
    acknowledged.put(key, revision);
    answers.add(now);
  }

  private synchronized void refused() {
    turn++;
  }

  private synchronized ManagedChannel channel(URI endpoint) {
    return channels.computeIfAbsent(endpoint, opener);
  }

  @Override
  public void close() throws InterruptedException {
    stop();
    synchronized (this) {
      channels.values().forEach(ManagedChannel::shutdownNow);
    }
  }
}
