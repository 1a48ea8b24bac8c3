package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.FastTempDir;
import io.kvorum.derby.HistorySettings;
import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.ReplicatedLog.Replica;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole states travel between three stores that apply the same random log, each at its own pace,
 * with compactions that are finished here and not there. Attempts break off anywhere and go on with
 * another sender, whose pages begin elsewhere, while all of them go on writing.
 */
@Timeout(120)
class StoreTransferTest {
  private static final int TRANSFERS = 4;

  /** Makes histories on some storage. */
  private interface Storage {
    RevisionHistory open(String name);

    /** The same history as a process finds it that starts again. */
    RevisionHistory reopen(String name);
  }

  private static final class InMemory implements Storage {
    private final Map<String, InMemoryHistory> histories = new HashMap<>();

    @Override
    public RevisionHistory open(String name) {
      return histories.computeIfAbsent(name, n -> new InMemoryHistory());
    }

    @Override
    public RevisionHistory reopen(String name) {
      histories.computeIfPresent(name, (n, history) -> history.reopen());
      return open(name);
    }

    List<Change> changesIn(String name) {
      List<Change> stored = new ArrayList<>();
      histories.get(name).pages().forEach(p -> stored.addAll(PageCodec.decode(p.data())));
      return stored;
    }
  }

  private record OnDerby(Path directory) implements Storage {
    @Override
    public RevisionHistory open(String name) {
      return new DerbyHistory(directory.resolve(name), new HistorySettings(200, 4));
    }

    @Override
    public RevisionHistory reopen(String name) {
      return open(name);
    }
  }

  @TempDir(factory = FastTempDir.class)
  Path directory;

  private Random random = new Random();
  private ReplicatedLog log;
  private final List<Replica> senders = new ArrayList<>();
  private Replica receiver;

  /** Over all seeds: whether one of them resumes depends on how far compactions have come. */
  private static final AtomicLong RESUMED = new AtomicLong();

  private long begun;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void whatArrivesIsTheStoreThatWasRead(long seed) throws IOException {
    InMemory storage = new InMemory();
    run(seed, storage);
    try {
      String last = "receiver" + (TRANSFERS - 1);
      checkStored(storage.changesIn(last));
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {101, 103})
  void whatArrivesIsTheStoreThatWasReadOnDerby(long seed) throws IOException {
    run(seed, new OnDerby(directory));
  }

  @AfterAll
  static void someTransfersHaveResumed() {
    assertThat(RESUMED).hasPositiveValue();
  }

  private void run(long seed, Storage storage) throws IOException {
    random = new Random(seed);
    log = new ReplicatedLog(random);
    try {
      senders.add(log.new Replica(storage.open("a"), settings()));
      senders.add(log.new Replica(storage.open("b"), settings()));
      receiver = log.new Replica(storage.open("receiver"), settings());
      String name = "receiver";
      for (int transfer = 0; transfer < TRANSFERS; transfer++) {
        log.grow(60 + random.nextInt(150), 4_000);
        goOn();
        receiver.applyUpTo(receiver.applied() + random.nextInt(20));
        name = "receiver" + transfer;
        transfer(storage, name);
        receiver.checkRecovered();
        receiver.store.formerHistoriesClosed().orTimeout(20, TimeUnit.SECONDS).join();
      }
      assertThat(begun).isGreaterThanOrEqualTo(TRANSFERS);
      receiver.applyUpTo(log.size());
      receiver.check();
      receiver.finishCompaction();
      receiver.check();
      receiver.store.close();
      receiver = log.new Replica(storage.reopen(name), settings());
      receiver.checkRecovered();
      for (Replica sender : senders) {
        sender.applyUpTo(log.size());
        sender.finishCompaction();
        sender.check();
      }
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    } finally {
      for (Replica sender : senders) {
        sender.store.close();
      }
      if (receiver != null) {
        receiver.store.close();
      }
    }
  }

  private StoreSettings settings() {
    long[] caches = {0, 20_000, 1_000_000};
    return new StoreSettings(caches[random.nextInt(3)], caches[random.nextInt(3)], 1L << 20);
  }

  /** Both senders apply some more, in batches that end at different places. */
  private void goOn() {
    for (Replica sender : senders) {
      long end = sender.applied() + random.nextInt((int) (log.size() - sender.applied()) + 1);
      while (sender.applied() < end) {
        sender.applyUpTo(Math.min(end, sender.applied() + 1 + random.nextInt(40)));
        if (random.nextInt(3) == 0) {
          sender.awaitDurable();
        }
        for (int slices = random.nextInt(3); slices > 0; slices--) {
          sender.writer.compactSlice();
        }
      }
    }
  }

  private Replica anySender() {
    Replica sender = senders.get(random.nextInt(senders.size()));
    long least = Math.min(log.size(), receiver.applied() + 1);
    sender.applyUpTo(least);
    if (random.nextInt(3) == 0) {
      sender.finishCompaction();
    }
    return sender;
  }

  private void transfer(Storage storage, String name) throws IOException {
    RevisionHistory incoming = storage.open(name);
    SnapshotStaging staged = receiver.store.stage(incoming);
    while (!attempt(staged, anySender())) {
      if (random.nextInt(3) > 0) {
        staged.close();
        staged = receiver.store.stage(storage.reopen(name));
      }
    }
    receiver.install(staged);
    staged.close();
  }

  /** False if it broke off. */
  private boolean attempt(SnapshotStaging staged, Replica sender) throws IOException {
    long index = receiver.applied() + random.nextInt((int) (sender.applied() - receiver.applied()));
    try (StoreSnapshot snapshot = sender.openSnapshot(Math.max(index, receiver.applied()))) {
      begun++;
      Revision after = staged.begin(snapshot.header());
      RESUMED.addAndGet(after.main() > 0 ? 1 : 0);
      List<RevisionHistory.Page> pages = snapshot.pagesAfter(after, 1 + random.nextInt(60_000));
      while (!pages.isEmpty()) {
        after = pages.get(pages.size() - 1).first();
        staged.add(pages);
        if (random.nextInt(9) == 0) {
          return false;
        }
        whileItTravels(sender, snapshot.header().index());
        pages = snapshot.pagesAfter(after, 1 + random.nextInt(60_000));
      }
      if (random.nextInt(6) == 0) {
        return false;
      }
    }
    staged.complete();
    assertThat(staged.header().index()).isGreaterThanOrEqualTo(receiver.applied());
    if (random.nextInt(10) == 0) {
      return false;
    }
    receiver.check();
    return true;
  }

  private void whileItTravels(Replica sender, long readIndex) {
    if (random.nextInt(4) == 0) {
      log.grow(random.nextInt(12), 2_000);
      sender.applyUpTo(
          sender.applied() + random.nextInt((int) (log.size() - sender.applied()) + 1));
      sender.writer.compactSlice();
    }
    if (random.nextInt(6) == 0) {
      receiver.applyUpTo(Math.min(readIndex, receiver.applied() + random.nextInt(5)));
    }
  }

  /** What is on disk is what is wanted, but for tombstones that leave with the next compaction. */
  private void checkStored(List<Change> stored) {
    NaiveStore model = log.modelAt(log.size());
    List<Change> wanted = model.wanted();
    List<Change> rest = new ArrayList<>(stored);
    rest.removeIf(
        c ->
            c.kv().isTombstone()
                && c.kv().modRevision() == model.compactedRevision()
                && !wanted.contains(c));
    assertThat(rest).isEqualTo(wanted);
  }
}
