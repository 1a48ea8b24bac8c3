package io.kvorum.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.StoreWriter;
import io.kvorum.mvcc.WriteTxn;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The hub over the real store, with caches too small for anything, so that late watchers and
 * previous versions are read from pages, and with compactions.
 */
class WatchOverStoreTest {
  private static final WatchHub.Memory MEMORY =
      new WatchHub.Memory(32L << 20, 8L << 20, 256L << 20);
  private static final int REVISIONS = 30_000;
  private static final int KEYS = 40;
  private static final int KEPT = 4_000;
  private static final int INSTALLATIONS = 40;
  private static final long SEED = 11;

  /** What was written, as the checking client needs it; always a little ahead of the store. */
  private final RecordedEvents truth = new RecordedEvents();

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @Test
  @Timeout(120)
  void lateAndSyncedWatchersSeeEverythingThatTheStoreTookUnlessItIsCompacted() throws Exception {
    ExecutorService raftThread = Executors.newSingleThreadExecutor();
    try (MvccStore store =
            new MvccStore(new InMemoryHistory(), new StoreSettings(1, 1, 1 << 20), failure::set);
        WatchHub hub =
            new WatchHub(store, Duration.ofMinutes(10), MEMORY, new Random(SEED), failure::set)) {
      StoreWriter writer = store.open().writer();
      hub.start();
      Future<?> writing = raftThread.submit(() -> write(store, writer, hub));
      Semaphore woken = new Semaphore(0);
      CheckingClient client = new CheckingClient(hub, truth, woken::release);
      Random random = new Random(SEED);
      int created = 0;
      while (!writing.isDone()) {
        if (client.openIds().size() < 20) {
          client.create(anySpec(random, store));
          created++;
        } else if (random.nextInt(10) == 0) {
          client.cancel(client.openIds().get(random.nextInt(20)));
        }
        if (client.isAwake() || woken.tryAcquire(1, TimeUnit.MILLISECONDS)) {
          client.read(1 + random.nextInt(50));
        }
      }
      writing.get();
      client.create(SteppedHub.watch(KeyRange.all()).on());
      while (client.lastProgress() < store.revision()) {
        client.requestProgress();
        if (client.isAwake() || woken.tryAcquire(20, TimeUnit.MILLISECONDS)) {
          client.read(Integer.MAX_VALUE);
        }
      }
      client.expectComplete(store.revision());
      assertThat(created).isGreaterThan(20);
      assertThat(client.eventCount()).as("seed %s", SEED).isGreaterThan(REVISIONS);
      assertThat(failure.get()).isNull();
    } finally {
      raftThread.shutdownNow();
    }
  }

  @Test
  @Timeout(120)
  void watchersSeeEverythingThatAnInstalledStateBringsUnlessItIsCompactedThere() throws Exception {
    ExecutorService raftThread = Executors.newSingleThreadExecutor();
    StoreSettings settings = new StoreSettings(1, 1, 1 << 20);
    try (MvccStore leader = new MvccStore(new InMemoryHistory(), settings, failure::set);
        MvccStore store = new MvccStore(new InMemoryHistory(), settings, failure::set);
        WatchHub hub =
            new WatchHub(store, Duration.ofMinutes(10), MEMORY, new Random(SEED), failure::set)) {
      StoreWriter leaderWriter = leader.open().writer();
      StoreWriter writer = store.open().writer();
      hub.start();
      Semaphore woken = new Semaphore(0);
      CheckingClient client = new CheckingClient(hub, truth, woken::release);
      for (int i = 0; i < 20; i++) {
        client.create(anySpec(new Random(i), store));
      }
      Future<?> writing = raftThread.submit(() -> follow(leader, leaderWriter, store, writer, hub));
      Random random = new Random(SEED);
      while (!writing.isDone()) {
        if (client.openIds().size() < 20) {
          client.create(anySpec(random, store));
        }
        if (client.isAwake() || woken.tryAcquire(1, TimeUnit.MILLISECONDS)) {
          client.read(1 + random.nextInt(200));
        }
      }
      writing.get();
      client.create(SteppedHub.watch(KeyRange.all()).on());
      while (client.lastProgress() < store.revision()) {
        client.requestProgress();
        if (client.isAwake() || woken.tryAcquire(20, TimeUnit.MILLISECONDS)) {
          client.read(Integer.MAX_VALUE);
        }
      }
      client.expectComplete(store.revision());
      assertThat(client.eventCount()).as("seed %s", SEED).isGreaterThan(INSTALLATIONS * 100);
      assertThat(failure.get()).isNull();
    } finally {
      raftThread.shutdownNow();
    }
  }

  /** Applies what the leader applies, but for some stretches, which come as a whole. */
  private Void follow(
      MvccStore leader, StoreWriter leaderWriter, MvccStore store, StoreWriter writer, WatchHub hub)
      throws IOException {
    Random random = new Random(SEED);
    long index = 0;
    for (int round = 0; round < INSTALLATIONS; round++) {
      for (int end = 50 + random.nextInt(200); end > 0; end--) {
        List<Event> events = oneTxn(leaderWriter, random);
        truth.makeVisible(truth.lastRevision());
        leaderWriter.commit(++index, 1, Map.of());
        if (!events.isEmpty()) {
          WriteTxn txn = writer.begin();
          for (Event event : events) {
            if (event.isDelete()) {
              txn.deleteRange(KeyRange.single(event.kv().key()), false);
            } else {
              txn.put(event.kv().key(), event.kv().value(), 0);
            }
          }
          List<Event> own = txn.finish();
          writer.commit(index, 1, Map.of());
          hub.publish(own.get(0).kv().modRevision(), own);
        }
      }
      for (int ahead = 1 + random.nextInt(200); ahead > 0; ahead--) {
        oneTxn(leaderWriter, random);
        leaderWriter.commit(++index, 1, Map.of());
      }
      truth.makeVisible(truth.lastRevision());
      if (round % 4 == 3) {
        long compacted = leader.revision() - random.nextInt(150);
        truth.compact(compacted);
        leaderWriter.compact(compacted);
        leaderWriter.commit(++index, 1, Map.of());
      }
      SnapshotStaging staged = store.stage(new InMemoryHistory());
      try (StoreSnapshot snapshot = leader.openSnapshot(index).join()) {
        staged.begin(snapshot.header());
        staged.add(snapshot.pagesAfter(new Revision(0, 0), Long.MAX_VALUE));
      }
      staged.complete();
      writer.install(staged);
      hub.restored();
    }
    return null;
  }

  private void write(MvccStore store, StoreWriter writer, WatchHub hub) {
    Random random = new Random(SEED);
    long index = 0;
    while (store.revision() < REVISIONS) {
      List<List<Event>> committed = new ArrayList<>();
      for (int i = random.nextInt(32); i >= 0; i--) {
        committed.add(oneTxn(writer, random));
      }
      committed.removeIf(List::isEmpty);
      truth.makeVisible(truth.lastRevision());
      if (random.nextInt(100) == 0
          && store.revision() > Math.max(1, store.compactedRevision()) + KEPT) {
        truth.compact(store.revision() - KEPT / 2);
        writer.compact(store.revision() - KEPT / 2);
      }
      writer.commit(++index, 1, Map.of());
      for (List<Event> events : committed) {
        hub.publish(events.get(0).kv().modRevision(), events);
      }
      writer.compactSlice();
    }
  }

  private List<Event> oneTxn(StoreWriter writer, Random random) {
    WriteTxn txn = writer.begin();
    List<RecordedEvents.Write> writes = new ArrayList<>();
    for (int key = random.nextInt(KEYS); key < KEYS; key += 1 + random.nextInt(2 * KEYS)) {
      Bytes name = key(key);
      Bytes value = random.nextInt(4) == 0 ? null : Bytes.wrap(new byte[random.nextInt(300)]);
      writes.add(new RecordedEvents.Write(name, value));
      if (value != null) {
        txn.put(name, value, 0);
      } else {
        txn.deleteRange(KeyRange.single(name), false);
      }
    }
    List<Event> events = txn.finish();
    assertThat(truth.write(writes) > 0).isEqualTo(!events.isEmpty());
    return events;
  }

  private static WatchSpec anySpec(Random random, MvccStore store) {
    Bytes from = key(random.nextInt(KEYS));
    KeyRange range = random.nextBoolean() ? KeyRange.single(from) : new KeyRange(from, Bytes.EMPTY);
    SteppedHub.Spec spec = SteppedHub.watch(range);
    if (random.nextInt(3) > 0) {
      spec.withPrevKv();
    }
    long late = random.nextInt(KEPT);
    return spec.from(random.nextInt(3) == 0 ? 0 : Math.max(1, store.revision() - late)).on();
  }

  private static Bytes key(int number) {
    return Bytes.utf8(String.format("key%03d", number));
  }
}
