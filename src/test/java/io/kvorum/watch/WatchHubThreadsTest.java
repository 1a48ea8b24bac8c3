package io.kvorum.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.mvcc.MvccStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The hub with its real threads, a writer and readers that come, go, lag and cancel. */
class WatchHubThreadsTest {
  private static final WatchHub.Memory MEMORY =
      new WatchHub.Memory(32L << 20, 8L << 20, 256L << 20);
  private static final int REVISIONS = 60_000;
  private static final int READERS = 4;
  private static final int KEYS = 16;
  private static final long SEED = 20_26;

  private final RecordedEvents history = new RecordedEvents();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final AtomicLong lastRevision = new AtomicLong(Long.MAX_VALUE);

  @Test
  @Timeout(60)
  void everyReaderSeesEachOfItsEventsOnceWhileAWriterIsBusy() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
    try (WatchHub hub =
        new WatchHub(history, Duration.ofMillis(20), MEMORY, new Random(SEED), failure::set)) {
      hub.start();
      List<Future<Long>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        readers.add(threads.submit(new Reader(hub, SEED + i)));
      }
      threads.submit(() -> write(hub)).get();
      long events = 0;
      for (Future<Long> reader : readers) {
        events += reader.get();
      }
      assertThat(events).as("seed %s", SEED).isGreaterThan(REVISIONS);
      assertThat(hub.stats().slowWatchers()).isZero();
      assertThat(failure.get()).isNull();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @Timeout(60)
  void aStreamThatIsNeverReadDoesNotHoldUpTheWriterOrTheOthers() throws Exception {
    try (WatchHub hub =
        new WatchHub(history, Duration.ofMinutes(10), MEMORY, new Random(SEED), failure::set)) {
      hub.start();
      WatchStream stuck = hub.open(() -> {});
      stuck.create(SteppedHub.watch(KeyRange.all()).on());
      Semaphore woken = new Semaphore(0);
      CheckingClient reader = new CheckingClient(hub, history, woken::release);
      reader.create(SteppedHub.watch(KeyRange.all()).withPrevKv().on());
      awaitOpen(reader, woken);
      write(hub);
      awaitProgress(reader, woken, history.lastRevision());
      assertThat(reader.eventCount()).isGreaterThanOrEqualTo(REVISIONS);
      assertThat(hub.stats().slowWatchers()).isEqualTo(1);
      assertThat(hub.stats().pendingEvents())
          .isBetween(1L, 2L * WatchLimits.standard().queue().count());
    }
    assertThat(failure.get()).isNull();
  }

  @Test
  @Timeout(60)
  void aLoneWatcherThatComesAndGoesMissesNothingWhileItIsThere() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (WatchHub hub =
        new WatchHub(history, Duration.ofMinutes(10), MEMORY, new Random(SEED), failure::set)) {
      hub.start();
      Future<?> writer = threads.submit(() -> write(hub));
      Semaphore woken = new Semaphore(0);
      CheckingClient client = new CheckingClient(hub, history, woken::release);
      int visits = 0;
      while (!writer.isDone() || visits < 20) {
        client.create(SteppedHub.watch(KeyRange.all()).on());
        awaitOpen(client, woken);
        awaitProgress(client, woken, history.revision());
        client.cancel(client.openIds().get(0));
        while (!client.openIds().isEmpty()) {
          awaitWake(client, woken);
          client.read(Integer.MAX_VALUE);
        }
        visits++;
      }
      writer.get();
    } finally {
      threads.shutdownNow();
    }
    assertThat(failure.get()).isNull();
  }

  @Test
  @Timeout(60)
  void closingTheHubEndsItsStreamsAndItsThreads() throws Exception {
    Set<Thread> before = hubThreads();
    WatchHub hub =
        new WatchHub(history, Duration.ofMinutes(10), MEMORY, new Random(SEED), failure::set);
    hub.start();
    Semaphore woken = new Semaphore(0);
    CheckingClient client = new CheckingClient(hub, history, woken::release);
    client.create(SteppedHub.watch(KeyRange.all()).on());
    awaitOpen(client, woken);
    hub.close();
    assertThat(hub.stats()).isEqualTo(new WatchHub.WatchStats(0, 1, 0, 0));
    WatchStream late = hub.open(woken::release);
    late.create(SteppedHub.watch(KeyRange.all()).on());
    assertThat(late.poll()).isNull();
    assertThat(before).containsAll(hubThreads());
    assertThat(failure.get()).isNull();
  }

  @Test
  @Timeout(60)
  void aBugOnTheHubThreadIsReportedOnce() throws Exception {
    Semaphore reported = new Semaphore(0);
    try (WatchHub hub =
        new WatchHub(
            new BrokenSource(),
            Duration.ofMinutes(10),
            MEMORY,
            new Random(SEED),
            failed -> reported.release())) {
      hub.start();
      hub.open(() -> {}).create(SteppedHub.watch(KeyRange.all()).on());
      reported.acquire();
    }
    assertThat(reported.availablePermits()).isZero();
  }

  private static final class BrokenSource implements ChangeSource {
    @Override
    public long revision() {
      throw new IllegalStateException("broken, as the test wants it");
    }

    @Override
    public long compactedRevision() {
      return revision();
    }

    @Override
    public MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
      throw new IllegalStateException("broken, as the test wants it");
    }

    @Override
    public KeyValue versionBefore(Bytes key, long modRevision) {
      throw new IllegalStateException("broken, as the test wants it");
    }
  }

  private static Set<Thread> hubThreads() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().startsWith("kvorum-watch"));
    return threads;
  }

  private void write(WatchHub hub) {
    Random random = new Random(SEED);
    long first = history.lastRevision() + 1;
    for (long published = first; published < first + REVISIONS; ) {
      int batch = 1 + random.nextInt(64);
      for (int i = 0; i < batch; i++) {
        Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
        history.write(List.of(new RecordedEvents.Write(key, Bytes.utf8("v" + i))));
      }
      history.makeVisible(history.lastRevision());
      while (published <= history.lastRevision()) {
        hub.publish(published, history.events(published));
        published++;
      }
    }
    lastRevision.set(history.lastRevision());
  }

  private static void awaitOpen(CheckingClient client, Semaphore woken)
      throws InterruptedException {
    while (client.openIds().isEmpty()) {
      awaitWake(client, woken);
      client.read(10);
    }
  }

  /** Reads until a progress message says that everything up to the revision was told. */
  private static void awaitProgress(CheckingClient client, Semaphore woken, long revision)
      throws InterruptedException {
    while (client.lastProgress() < revision) {
      client.requestProgress();
      // Dropped while a watcher is late: ask again.
      if (woken.tryAcquire(20, TimeUnit.MILLISECONDS) || client.isAwake()) {
        client.read(Integer.MAX_VALUE);
      }
    }
  }

  private static void awaitWake(CheckingClient client, Semaphore woken)
      throws InterruptedException {
    if (!client.isAwake()) {
      woken.acquire();
    }
  }

  /** Creates and cancels watchers and reads, in an order that a seed decides, to the end. */
  private final class Reader implements Callable<Long> {
    private final WatchHub hub;
    private final Random random;

    Reader(WatchHub hub, long seed) {
      this.hub = hub;
      this.random = new Random(seed);
    }

    @Override
    public Long call() throws InterruptedException {
      Semaphore woken = new Semaphore(0);
      CheckingClient client = new CheckingClient(hub, history, woken::release);
      for (int i = 0; i < 3; i++) {
        client.create(anySpec());
      }
      awaitOpen(client, woken);
      while (lastRevision.get() == Long.MAX_VALUE) {
        int choice = random.nextInt(20);
        if (choice == 0) {
          client.create(anySpec());
        } else if (choice == 1 && client.openIds().size() > 2) {
          client.cancel(client.openIds().get(random.nextInt(2)));
        } else if (choice == 2) {
          client.requestProgress();
        } else if (client.isAwake() || woken.tryAcquire(1, TimeUnit.MILLISECONDS)) {
          client.read(1 + random.nextInt(20));
        }
      }
      awaitProgress(client, woken, lastRevision.get());
      client.expectComplete(lastRevision.get());
      return client.eventCount();
    }

    private WatchSpec anySpec() {
      Bytes from = Bytes.utf8("k" + random.nextInt(KEYS));
      KeyRange range =
          random.nextBoolean() ? KeyRange.single(from) : new KeyRange(from, Bytes.EMPTY);
      SteppedHub.Spec spec = SteppedHub.watch(range);
      if (random.nextBoolean()) {
        spec.withPrevKv();
      }
      if (random.nextInt(3) == 0) {
        spec.withProgress();
      }
      return spec.from(random.nextInt(3) == 0 ? 1 + random.nextLong(history.revision()) : 0).on();
    }
  }
}
