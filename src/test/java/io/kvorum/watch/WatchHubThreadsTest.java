package io.kvorum.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
  private static final int REVISIONS = 60_000;
  private static final int READERS = 4;
  private static final int KEYS = 16;
  private static final long SEED = 20_26;

  private final HistoryInMemory history = new HistoryInMemory();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final AtomicLong lastRevision = new AtomicLong(Long.MAX_VALUE);

  @Test
  @Timeout(60)
  void everyReaderSeesEachOfItsEventsOnceWhileAWriterIsBusy() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
    try (WatchHub hub =
        new WatchHub(history, Duration.ofMillis(20), new Random(SEED), failure::set)) {
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
        new WatchHub(history, Duration.ofMinutes(10), new Random(SEED), failure::set)) {
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

  private void write(WatchHub hub) {
    Random random = new Random(SEED);
    long first = history.lastRevision() + 1;
    for (long published = first; published < first + REVISIONS; ) {
      int batch = 1 + random.nextInt(64);
      for (int i = 0; i < batch; i++) {
        Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
        history.append(List.of(new HistoryInMemory.Write(key, Bytes.utf8("v" + i))));
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
