package io.kvorum.load;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A run in which a fixed number of calls is always in flight: warm up, count, stop. One use; runs
 * on the thread that calls {@link #run()}, with the callers on the event loops.
 */
final class ClosedLoop {

  private static final int ANSWER_WINDOW = Integer.MAX_VALUE;
  private static final Duration LAST_ANSWERS = Duration.ofSeconds(30);
  private static final Duration LONGEST_RUN = Duration.ofHours(2);

  private final LoadOptions options;
  private final Network network;
  private final RunControl control;
  private final Map<Object, Meter> meters = new IdentityHashMap<>();

  ClosedLoop(LoadOptions options, Network network) {
    this.options = options;
    this.network = network;
    this.control = new RunControl(options.inFlight);
  }

  LoadResult run() throws IOException, InterruptedException {
    List<StuckWatcher> stuck = new ArrayList<>();
    List<Connection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < options.stuckWatchers; i++) {
        stuck.add(StuckWatcher.start(network, endpoint(i), options.stuckKind, options.keyPrefix));
      }
      for (int i = 0; i < options.connections; i++) {
        connections.add(connect(endpoint(i)));
      }
      if (options.scenario == Scenario.fill) {
        control.startCounting();
      }
      startCallers(connections);
      return measure();
    } finally {
      control.stop();
      connections.forEach(Connection::close);
      stuck.forEach(StuckWatcher::close);
    }
  }

  private URI endpoint(int index) {
    return options.endpoints.get(index % options.endpoints.size());
  }

  private Connection connect(URI endpoint) {
    return options.protocol == LoadOptions.Protocol.grpc
        ? network.grpc(endpoint, ANSWER_WINDOW)
        : network.json(endpoint);
  }

  private void startCallers(List<Connection> connections) {
    Requests requests = limited(options.scenario.requests(options));
    SplittableRandom seeds = new SplittableRandom(options.seed);
    List<Caller> callers = new ArrayList<>();
    for (int i = 0; i < options.inFlight; i++) {
      Connection connection = connections.get(i % connections.size());
      Meter meter = meters.computeIfAbsent(connection.eventLoop(), loop -> new Meter());
      callers.add(new Caller(connection, requests, control, meter, seeds.split()));
    }
    callers.forEach(Caller::start);
  }

  /** With a given number of operations, what is sent while warming up does not count. */
  private Requests limited(Requests requests) {
    Long ops = options.ops;
    if (ops == null) {
      return requests;
    }
    AtomicLong left = new AtomicLong(ops);
    return random ->
        control.counting() && left.getAndDecrement() <= 0 ? null : requests.next(random);
  }

  private LoadResult measure() throws IOException, InterruptedException {
    boolean finite = options.ops != null || options.scenario == Scenario.fill;
    if (!control.counting()) {
      control.awaitCallers(seconds(options.warmupSeconds));
    }
    ProcessUsage before = usage(options.serverPids);
    long start = System.nanoTime();
    control.startCounting();
    boolean ended = control.awaitCallers(finite ? LONGEST_RUN : seconds(options.seconds));
    control.stopCounting();
    double took = (System.nanoTime() - start) / 1e9;
    ProcessUsage after = usage(options.serverPids);
    control.stop();
    if (!control.awaitCallers(LAST_ANSWERS)) {
      throw new IllegalStateException(
          "calls without an answer for " + LAST_ANSWERS.toSeconds() + " s after the run");
    }
    Meter sum = new Meter();
    meters.values().forEach(meter -> meter.addTo(sum));
    if (ended && !finite) {
      throw new IllegalStateException("all connections failed, first: " + sum.firstError());
    }
    return LoadResult.of(
        options, sum, took, after.cpuNanos() - before.cpuNanos(), after.peakResidentBytes());
  }

  static ProcessUsage usage(List<Long> pids) throws IOException {
    ProcessUsage sum = ProcessUsage.none();
    for (long pid : pids) {
      sum = sum.plus(ProcessUsage.of(pid));
    }
    return sum;
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }
}
