package io.kvorum.load;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs many watchers on one key, each on its own stream, and one writer. Every watcher must see
 * every event, in order; the latency is from the sending of the put to the event's arrival. One
 * use.
 */
final class WatchFanOut {

  private static final Duration ALL_CREATED = Duration.ofSeconds(60);
  private static final long LAST_EVENTS_NANOS = 60_000_000_000L;

  private final LoadOptions options;
  private final Network network;
  private final Meter meter = new Meter();
  private final RunControl control = new RunControl(1);
  private final ByteString key;

  WatchFanOut(LoadOptions options, Network network) {
    if (options.protocol != LoadOptions.Protocol.grpc || options.threads != 1) {
      throw new IllegalArgumentException("watchers run over gRPC, on one event loop");
    }
    this.options = options;
    this.network = network;
    this.key = ByteString.copyFromUtf8(options.keyPrefix + "watched");
  }

  LoadResult run() throws IOException, InterruptedException {
    List<Connection> connections = new ArrayList<>();
    try {
      List<FanOutWatcher> watchers = startWatchers(connections);
      GrpcConnection toWriter = network.grpc(endpoint(0), Integer.MAX_VALUE);
      connections.add(toWriter);
      Writer writer = new Writer(toWriter);
      writer.start();
      control.awaitCallers(Duration.ofNanos((long) (options.warmupSeconds * 1e9)));
      ProcessUsage before = ClosedLoop.usage(options.serverPids);
      long start = System.nanoTime();
      control.startCounting();
      if (control.awaitCallers(Duration.ofNanos((long) (options.seconds * 1e9)))) {
        throw new IllegalStateException("the writer failed: " + writer.failure);
      }
      double took = (System.nanoTime() - start) / 1e9;
      ProcessUsage after = ClosedLoop.usage(options.serverPids);
      control.stopCounting();
      writer.stop();
      control.awaitCallers(Duration.ofSeconds(30));
      awaitLastEvent(watchers, writer.acknowledged);
      control.stop();
      return LoadResult.of(
          options, meter, took, after.cpuNanos() - before.cpuNanos(), after.peakResidentBytes());
    } finally {
      control.stop();
      connections.forEach(Connection::close);
    }
  }

  private URI endpoint(int index) {
    return options.endpoints.get(index % options.endpoints.size());
  }

  private List<FanOutWatcher> startWatchers(List<Connection> connections)
      throws InterruptedException {
    byte[] create =
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(key))
            .build()
            .toByteArray();
    CountDownLatch created = new CountDownLatch(options.watchers);
    List<FanOutWatcher> watchers = new ArrayList<>();
    for (int c = 0; c < options.connections; c++) {
      GrpcConnection connection = network.grpc(endpoint(c), Integer.MAX_VALUE);
      connections.add(connection);
      List<FanOutWatcher> here = new ArrayList<>();
      for (int w = c; w < options.watchers; w += options.connections) {
        here.add(new FanOutWatcher(meter, control, created));
      }
      watchers.addAll(here);
      connection
          .eventLoop()
          .execute(
              () -> {
                here.forEach(watcher -> connection.openStream(Operation.WATCH, create, watcher));
                connection.flush();
              });
    }
    if (!created.await(ALL_CREATED.toSeconds(), TimeUnit.SECONDS) || meter.errors() > 0) {
      throw new IllegalStateException(
          created.getCount() + " watchers were not created, first error " + meter.firstError());
    }
    return watchers;
  }

  private void awaitLastEvent(List<FanOutWatcher> watchers, long last) throws InterruptedException {
    long deadline = System.nanoTime() + LAST_EVENTS_NANOS;
    for (FanOutWatcher watcher : watchers) {
      while (watcher.seen() < last && watcher.failure() == null && System.nanoTime() < deadline) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      if (watcher.seen() < last) {
        meter.failed("a watcher saw " + watcher.seen() + " of " + last + " events");
      }
    }
  }

  /** Puts one numbered value after the other, at a given rate. Confined to its event loop. */
  private final class Writer {
    private final GrpcConnection connection;
    private final long periodNanos;
    private long number;
    private long nextAtNanos;
    private boolean stopping;
    private volatile long acknowledged;
    private volatile @Nullable String failure;

    Writer(GrpcConnection connection) {
      this.connection = connection;
      this.periodNanos = options.rate == 0 ? 0 : 1_000_000_000L / options.rate;
    }

    void start() {
      nextAtNanos = System.nanoTime();
      connection.eventLoop().execute(this::put);
    }

    void stop() {
      connection.eventLoop().execute(() -> stopping = true);
    }

    private void put() {
      number++;
      ByteBuffer value = ByteBuffer.allocate(options.valueSize);
      value.putLong(number).putLong(System.nanoTime()).rewind();
      byte[] body =
          PutRequest.newBuilder()
              .setKey(key)
              .setValue(ByteString.copyFrom(value))
              .build()
              .toByteArray();
      connection.call(new Request(Operation.PUT, body, 0), this::acknowledged);
      connection.flush();
    }

    private void acknowledged(int bytes, @Nullable String why) {
      if (why != null) {
        failure = why;
        meter.failed(why);
      } else {
        acknowledged = number;
      }
      if (why != null || stopping) {
        control.callerStopped();
        return;
      }
      nextAtNanos += periodNanos;
      long pause = nextAtNanos - System.nanoTime();
      if (pause <= 0) {
        connection.eventLoop().execute(this::put);
      } else {
        connection.eventLoop().schedule(this::put, pause, TimeUnit.NANOSECONDS);
      }
    }
  }
}
