package io.kvorum.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Pause;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The clients that behave: some put and read back, over gRPC and JSON, one watches what they put,
 * and one asks for the pages that probes ask for. They note every failure. Thread-safe.
 */
final class Bystanders implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PREFIX = "good/";
  private static final long PACE_MILLIS = 10;

  private final URI endpoint;
  private final @Nullable String token;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Queue<Long> put = new ConcurrentLinkedQueue<>();
  private final List<Long> seen = Collections.synchronizedList(new ArrayList<>());
  private volatile Queue<Long> callNanos = new ConcurrentLinkedQueue<>();
  private volatile Queue<Long> probeNanos = new ConcurrentLinkedQueue<>();
  private volatile boolean isOver;

  Bystanders(URI endpoint, int clients) {
    this(endpoint, clients, null);
  }

  /** The same where auth is on: all show that token. */
  Bystanders(URI endpoint, int clients, @Nullable String token) {
    this.endpoint = endpoint;
    this.token = token;
    watch();
    for (int i = 0; i < clients; i++) {
      String name = PREFIX + i;
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel());
      repeat(name, number -> callOverGrpc(kv, name, number));
    }
    HttpClient http = newHttpClient();
    repeat("json", number -> callOverHttp(http, number));
    repeat("probe", number -> probe((int) (number % 3)));
  }

  private interface Round {
    void run(long number) throws Exception;
  }

  private void repeat(String name, Round round) {
    Callable<Void> rounds =
        () -> {
          for (long number = 0; !isOver; number++) {
            try {
              round.run(number);
            } catch (Exception | AssertionError failed) {
              if (!isOver) {
                failures.add(name + ", round " + number + ": " + failed);
              }
            }
            Pause.of(PACE_MILLIS);
          }
          return null;
        };
    var unused = threads.submit(rounds);
  }

  private Channel channel() {
    ManagedChannel channel = Channels.to(endpoint);
    channels.add(channel);
    return token == null ? channel : Tokens.shownOn(channel, token);
  }

  private void watch() {
    StreamObserver<WatchRequest> requests =
        WatchGrpc.newStub(channel())
            .watch(
                new StreamObserver<>() {
                  @Override
                  public void onNext(WatchResponse response) {
                    for (Event event : response.getEventsList()) {
                      seen.add(event.getKv().getModRevision());
                    }
                    if (response.getCanceled()) {
                      failures.add("the watch was canceled: " + response);
                    }
                  }

                  @Override
                  public void onError(Throwable failure) {
                    if (!isOver) {
                      failures.add("the watch failed: " + failure);
                    }
                  }

                  @Override
                  public void onCompleted() {
                    failures.add("the watch ended");
                  }
                });
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8(PREFIX))
                    .setRangeEnd(ByteString.copyFromUtf8("good0"))
                    .setStartRevision(1))
            .build());
  }

  private void callOverGrpc(KVGrpc.KVBlockingStub stub, String name, long number) {
    KVGrpc.KVBlockingStub kv = stub.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    ByteString key = ByteString.copyFromUtf8(name);
    ByteString value = ByteString.copyFromUtf8(Long.toString(number));
    long begin = System.nanoTime();
    put.add(
        kv.put(PutRequest.newBuilder().setKey(key).setValue(value).build())
            .getHeader()
            .getRevision());
    callNanos.add(System.nanoTime() - begin);
    begin = System.nanoTime();
    assertThat(kv.range(RangeRequest.newBuilder().setKey(key).build()).getKvs(0).getValue())
        .isEqualTo(value);
    callNanos.add(System.nanoTime() - begin);
  }

  private void callOverHttp(HttpClient http, long number) throws Exception {
    String key = base64("json");
    String value = base64(Long.toString(number));
    String body = "{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}";
    assertThat(post(http, "/v3/kv/put", body)).contains("revision");
    assertThat(post(http, "/v3/kv/range", "{\"key\":\"" + key + "\"}")).contains(value);
  }

  private String post(HttpClient http, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.resolve(path))
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (token != null) {
      request.header("Authorization", token);
    }
    HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  /** On a connection of its own, as a kubelet does. */
  private void probe(int which) throws Exception {
    String page = List.of("/health", "/version", "/metrics").get(which);
    long begin = System.nanoTime();
    try (ProbeConnection connection = new ProbeConnection(endpoint, PATIENCE)) {
      assertThat(connection.get(page)).startsWith("HTTP/1.1 200");
    }
    probeNanos.add(System.nanoTime() - begin);
    Pause.of(50);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static HttpClient newHttpClient() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(PATIENCE)
        .build();
  }

  /** What they have measured since the last time. */
  String latencies() {
    Queue<Long> calls = callNanos;
    Queue<Long> probes = probeNanos;
    callNanos = new ConcurrentLinkedQueue<>();
    probeNanos = new ConcurrentLinkedQueue<>();
    return "calls " + percentiles(calls) + "; probes " + percentiles(probes);
  }

  private static String percentiles(Queue<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(sorted);
    if (sorted.length == 0) {
      return "none";
    }
    return String.format(
        "%d: p50 %.1f ms, p99 %.1f ms, most %.1f ms",
        sorted.length,
        sorted[sorted.length / 2] / 1e6,
        sorted[(int) (sorted.length * 99L / 100)] / 1e6,
        sorted[sorted.length - 1] / 1e6);
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Stops them, and checks that none has seen a failure, and that the watch has missed nothing. */
  void finish() {
    isOver = true;
    threads.shutdown();
    try {
      assertThat(threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(failures).as("failures of clients that behave").isEmpty();
    List<Long> expected = put.stream().sorted().toList();
    Await.until(
        "the watch has seen the last put",
        PATIENCE,
        () -> seen.contains(expected.get(expected.size() - 1)));
    assertThat(List.copyOf(seen)).as("revisions that the watch has seen").isEqualTo(expected);
  }

  @Override
  public void close() {
    isOver = true;
    threads.shutdownNow();
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
