package io.kvorum.bench;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.watch.WatchHub;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import io.kvorum.watch.WatchStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures what watching costs: the Raft thread per published revision, the hub thread per
 * delivered event. No network: readers poll as a face would, on one thread.
 *
 * <p>{@code java -cp ... io.kvorum.bench.WatchBenchmark [revisionsPerSecond]}
 */
public final class WatchBenchmark {
  private static final int REVISIONS = 200_000;
  private static final int VALUE_BYTES = 256;
  private static final Bytes KEY = Bytes.utf8("registry/pods/default/kvorum-0");
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Watchers of ranges that the key does not lie in. */
  private static int bystanders;

  private WatchBenchmark() {}

  /** One key, written again and again; only the last revisions are kept. */
  private static final class OneKeyHistory implements ChangeSource {
    private static final int KEPT = 1 << 20;
    private final KeyValue[] versions = new KeyValue[KEPT];
    private final Bytes value = Bytes.wrap(new byte[VALUE_BYTES]);
    private volatile long revision = 1;

    Event put() {
      long next = revision + 1;
      KeyValue previous = next > 2 ? versions[(int) ((next - 1) % KEPT)] : null;
      KeyValue kv = new KeyValue(KEY, value, 2, next, next - 1, 0);
      versions[(int) (next % KEPT)] = kv;
      revision = next;
      return new Event(kv, previous);
    }

    @Override
    public long revision() {
      return revision;
    }

    @Override
    public long compactedRevision() {
      return Math.max(-1, revision - KEPT + 10_000);
    }

    @Override
    public MvccStore.Changes changesFrom(long from, int maxRevisions, long maxBytes) {
      if (from < compactedRevision()) {
        throw new RequestException(ErrorCode.COMPACTED);
      }
      long last = Math.min(revision, from + maxRevisions - 1);
      List<Change> changes = new ArrayList<>();
      for (long at = Math.max(2, from); at <= last; at++) {
        changes.add(new Change(0, versions[(int) (at % KEPT)]));
      }
      return new MvccStore.Changes(changes, last);
    }

    @Override
    public @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
      return modRevision <= 2 ? null : versions[(int) ((modRevision - 1) % KEPT)];
    }
  }

  /** Polls the streams that were woken until they have nothing, on its own thread. */
  private static final class Face implements AutoCloseable {
    private final LinkedBlockingQueue<Runnable> woken = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "face");
    private volatile long events;
    private volatile long messages;
    private volatile boolean stopped;

    void start() {
      thread.start();
    }

    WatchStream open(WatchHub hub) {
      WatchStream[] stream = new WatchStream[1];
      stream[0] = hub.open(() -> woken.add(() -> drain(stream[0])));
      return stream[0];
    }

    private void drain(WatchStream stream) {
      long seen = 0;
      long polled = 0;
      for (WatchMessage m = stream.poll(); m != null; m = stream.poll()) {
        seen += m instanceof WatchMessage.Events told ? told.events().size() : 0;
        polled++;
      }
      events += seen;
      messages += polled;
    }

    private void run() {
      try {
        while (!stopped) {
          woken.take().run();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() throws InterruptedException {
      stopped = true;
      woken.add(() -> {});
      thread.join();
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
    System.out.printf(
        "%-44s %10s %10s %12s %12s %10s%n",
        "", "ns/publish", "hub ns/ev", "events", "events/s", "ev/message");
    for (int round = 0; round < 3; round++) {
      measure("no watchers", 0, 0, 0, rate);
      measure("1 watcher on the key", 1, 1, 0, rate);
      measure("1 watcher on the key, 1 stream stuck", 1, 1, 1, rate);
      bystanders = 2_000;
      measure("1 watcher on the key, 2,000 on other prefixes", 1, 1, 0, rate);
      bystanders = 0;
      measure("1,000 watchers on the key, 10 streams", 10, 100, 0, rate);
      measure("1,000 watchers on the key, 1,000 streams", 1000, 1, 0, rate);
    }
  }

  private static void measure(String title, int streams, int perStream, int stuck, int rate)
      throws InterruptedException {
    OneKeyHistory history = new OneKeyHistory();
    int revisions = (streams * perStream > 1 ? REVISIONS / 10 : REVISIONS) / 32 * 32;
    try (WatchHub hub = new WatchHub(history, Duration.ofMinutes(10));
        Face face = new Face()) {
      hub.start();
      face.start();
      WatchSpec spec = new WatchSpec(0, KeyRange.single(KEY), 0, true, false, false, false, false);
      for (int i = 0; i < streams; i++) {
        WatchStream stream = face.open(hub);
        for (int j = 0; j < perStream; j++) {
          stream.create(spec);
        }
      }
      for (int i = 0; i < stuck; i++) {
        hub.open(() -> {}).create(spec);
      }
      long watchers = (long) streams * perStream;
      WatchStream aside = face.open(hub);
      for (int i = 0; i < bystanders; i++) {
        Bytes from = Bytes.utf8(String.format("registry/%06d/", i * 7));
        Bytes to = Bytes.utf8(String.format("registry/%06d0", i * 7));
        aside.create(new WatchSpec(0, new KeyRange(from, to), 0, true, false, false, false, false));
      }
      awaitUntil(() -> hub.stats().watchers() == watchers + stuck + bystanders);
      long hubCpu = cpuOf("kvorum-watch");
      long start = System.nanoTime();
      long publishNanos = publish(hub, history, revisions, rate);
      awaitUntil(() -> face.events == watchers * revisions);
      long nanos = System.nanoTime() - start;
      hubCpu = cpuOf("kvorum-watch") - hubCpu;
      System.out.printf(
          "%-44s %10d %10d %12d %12d %10.1f%n",
          title,
          publishNanos / revisions,
          face.events == 0 ? 0 : hubCpu / face.events,
          face.events,
          face.events * 1_000_000_000L / nanos,
          face.events == 0 ? 0.0 : (double) face.events / face.messages);
    }
  }

  /** The nanoseconds inside publish, measured for batches as the Raft loop makes them. */
  private static long publish(WatchHub hub, OneKeyHistory history, int revisions, int rate) {
    int batch = 32;
    long inside = 0;
    long start = System.nanoTime();
    List<List<Event>> events = new ArrayList<>(batch);
    for (int done = 0; done < revisions; done += batch) {
      events.clear();
      long first = history.revision() + 1;
      for (int i = 0; i < batch; i++) {
        events.add(List.of(history.put()));
      }
      long before = System.nanoTime();
      for (int i = 0; i < batch; i++) {
        hub.publish(first + i, events.get(i));
      }
      inside += System.nanoTime() - before;
      while (rate > 0 && System.nanoTime() - start < (long) done * 1_000_000_000L / rate) {
        LockSupport.parkNanos(20_000);
      }
    }
    return inside;
  }

  private static long cpuOf(String threadName) {
    long cpu = 0;
    for (long id : THREADS.getAllThreadIds()) {
      if (THREADS.getThreadInfo(id) != null
          && THREADS.getThreadInfo(id).getThreadName().equals(threadName)) {
        cpu += THREADS.getThreadCpuTime(id);
      }
    }
    return cpu;
  }

  /** Asks every millisecond, where {@code Await} pauses for 20: its pause would be measured too. */
  private static void awaitUntil(BooleanSupplier condition) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    while (!condition.getAsBoolean()) {
      never.await(1, TimeUnit.MILLISECONDS);
    }
  }
}
