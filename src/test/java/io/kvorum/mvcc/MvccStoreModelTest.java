package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.RangeQuery.RevisionBounds;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.Result;
import io.kvorum.mvcc.StoreUnderTest.Command;
import io.kvorum.mvcc.StoreUnderTest.Delete;
import io.kvorum.mvcc.StoreUnderTest.Put;
import io.kvorum.mvcc.StoreUnderTest.Read;
import io.kvorum.mvcc.StoreUnderTest.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random histories, compared step by step with the naive store. */
@Timeout(180)
class MvccStoreModelTest {
  private static final int STEPS = 600;

  private Random random = new Random();
  private StoreUnderTest under;
  private boolean held;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void anyHistoryAgreesWithTheNaiveStore(long seed) throws IOException {
    random = new Random(seed);
    held = false;
    under = new StoreUnderTest(settings());
    try {
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      compactEverything();
      under.restart();
      checkRecovered();
      for (int i = 0; i < 50; i++) {
        checkReads();
      }
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    } finally {
      under.close();
    }
  }

  private void step() throws IOException {
    int dice = random.nextInt(100);
    if (dice < 60) {
      under.apply(entry());
    } else if (dice < 64) {
      compactSomewhere();
    } else if (dice < 66 && !held) {
      compactEverything();
    } else if (dice < 68) {
      under.history().release();
      held = false;
      under.restart();
      checkRecovered();
    } else if (dice < 70) {
      held = false;
      under.crash(settings());
      checkRecovered();
    } else if (dice < 71 && !held) {
      crashInCompaction();
    } else if (dice < 72) {
      defragment();
    } else if (dice < 75) {
      hold();
    } else if (dice < 80) {
      under.writer().compactSlice();
    } else {
      checkReads();
      checkChanges();
      checkPaging();
    }
  }

  /** Waits for its end now and then, if writing is not held back. */
  private void defragment() {
    CompletableFuture<Void> moved = under.defragment();
    if (!held && random.nextBoolean()) {
      moved.orTimeout(20, TimeUnit.SECONDS).join();
    }
  }

  private StoreSettings settings() {
    long[] valueCache = {0, 3_000, 100_000, 10_000_000};
    long[] pageCache = {0, 30_000, 1_000_000};
    return new StoreSettings(
        valueCache[random.nextInt(valueCache.length)],
        pageCache[random.nextInt(pageCache.length)],
        1L << 30);
  }

  private void hold() {
    if (held) {
      under.history().release();
    } else {
      under.history().hold();
    }
    held = !held;
  }

  private List<Command> entry() {
    List<Command> commands = new ArrayList<>();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      List<Step> steps = new ArrayList<>();
      int length = random.nextInt(10) == 0 ? 12 : 1 + random.nextInt(3);
      for (int j = 0; j < length; j++) {
        steps.add(txnStep());
      }
      commands.add(new Command(steps, 0));
    }
    return commands;
  }

  private Step txnStep() {
    int dice = random.nextInt(10);
    if (dice < 6) {
      long lease = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 0;
      return new Put(key(), value(), lease);
    }
    return dice < 8 ? new Delete(range(), random.nextBoolean()) : new Read(query());
  }

  private Bytes key() {
    return Bytes.utf8((random.nextBoolean() ? "a" : "b") + (char) ('a' + random.nextInt(12)));
  }

  private Bytes value() {
    int dice = random.nextInt(60);
    int length = dice == 0 ? 40_000 : dice < 12 ? 4_000 : random.nextInt(60);
    byte[] value = new byte[length];
    random.nextBytes(value);
    return Bytes.wrap(value);
  }

  private KeyRange range() {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextInt(4) == 0 ? KeyRange.all() : KeyRange.single(key());
      case 1 -> new KeyRange(key(), Bytes.EMPTY);
      case 2 -> new KeyRange(key(), key());
      case 3 -> new KeyRange(Bytes.utf8("a"), Bytes.utf8("b"));
      default -> KeyRange.single(key());
    };
  }

  private RangeQuery query() {
    SortTarget[] targets = SortTarget.values();
    SortOrder[] orders = SortOrder.values();
    Projection[] projections = Projection.values();
    return new RangeQuery(
        random.nextInt(5) == 0 ? KeyRange.all() : range(),
        random.nextBoolean() ? 0 : revision(),
        random.nextBoolean() ? 0 : random.nextInt(8),
        random.nextBoolean() ? SortTarget.KEY : targets[random.nextInt(targets.length)],
        orders[random.nextInt(orders.length)],
        random.nextInt(3) > 0
            ? RevisionBounds.NONE
            : new RevisionBounds(bound(), bound(), bound(), bound()),
        projections[random.nextInt(projections.length)]);
  }

  private long bound() {
    return random.nextBoolean() ? 0 : revision();
  }

  /** Mostly one that may be read. */
  private long revision() {
    long current = under.model().revision();
    long lowest = Math.max(1, under.model().compactedRevision());
    return lowest
        + random.nextInt((int) (current - lowest) + 1)
        + random.nextInt(40) / 39
        - random.nextInt(40) / 39;
  }

  private void compactSomewhere() {
    long current = under.model().revision();
    long span = Math.max(1, current - Math.max(0, under.model().compactedRevision()));
    under.compact(current - random.nextInt((int) Math.min(span + 1, 200)));
  }

  private void compactEverything() {
    under.history().release();
    held = false;
    compactSomewhere();
    if (under.model().compactedRevision() > 0) {
      under.finishCompaction();
      checkPages();
    }
  }

  private void crashInCompaction() throws IOException {
    compactSomewhere();
    under.history().crashAfterRewrites(random.nextInt(3));
    while (under.failure() == null && under.writer().compactSlice()) {
      Thread.onSpinWait();
    }
    under.crash(settings());
    checkRecovered();
  }

  private void checkRecovered() {
    assertThat(under.store().revision()).isEqualTo(under.model().revision());
    assertThat(under.store().compactedRevision()).isEqualTo(under.model().compactedRevision());
    assertThat(under.store().stats().keys()).isEqualTo(under.model().livingKeys());
    checkReads();
    checkChanges();
  }

  /** What is on disk is exactly what is wanted of what has been written. */
  private void checkPages() {
    List<Change> stored = under.storedChanges();
    long last = stored.isEmpty() ? 1 : stored.get(stored.size() - 1).kv().modRevision();
    long compacted = under.model().compactedRevision();
    assertThat(last).isGreaterThanOrEqualTo(compacted);
    List<Change> wanted =
        under.model().wanted().stream().filter(c -> c.kv().modRevision() <= last).toList();
    // A tombstone that its own transaction superseded leaves with the next compaction.
    stored.removeIf(
        c -> c.kv().isTombstone() && c.kv().modRevision() == compacted && !wanted.contains(c));
    assertThat(describe(stored)).as("compacted %d", compacted).isEqualTo(describe(wanted));
  }

  private void checkReads() {
    RangeQuery query = query();
    Object expected = StoreUnderTest.outcomeOf(() -> under.model().range(query));
    Object cheap = StoreUnderTest.outcomeOf(() -> under.store().rangeIfCheap(query));
    if (cheap != null) {
      assertThat(cheap).as("cheap %s", query).isEqualTo(expected);
    }
    assertThat(StoreUnderTest.outcomeOf(() -> under.store().range(query)))
        .as("%s", query)
        .isEqualTo(expected);
    Bytes key = key();
    long revision = Math.max(1, revision());
    assertThat(under.store().versionBefore(key, revision))
        .as("%s before %d", key, revision)
        .isEqualTo(under.model().versionBefore(key, revision));
  }

  /** Goes through a range page by page, as clients list. */
  private void checkPaging() {
    long revision = Math.max(Math.max(1, under.model().compactedRevision()), revision());
    revision = Math.min(revision, under.model().revision());
    Bytes end = random.nextBoolean() ? Bytes.EMPTY : Bytes.utf8("b");
    KeyRange rest = new KeyRange(Bytes.utf8("a"), end);
    int limit = 1 + random.nextInt(5);
    boolean more = true;
    while (more) {
      RangeQuery query = RangeQuery.of(rest).atRevision(revision).withLimit(limit);
      Result.Range page = under.store().range(query);
      assertThat(page).as("%s", query).isEqualTo(under.model().range(query));
      more = page.more();
      if (more) {
        Bytes last = page.kvs().get(limit - 1).key();
        rest = new KeyRange(last.successor(), end);
      }
    }
  }

  private void checkChanges() {
    long compacted = under.model().compactedRevision();
    long from = Math.max(revision(), compacted);
    List<Change> expected =
        under.model().wanted().stream().filter(c -> c.kv().modRevision() >= from).toList();
    int maxRevisions = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(10);
    long maxBytes = random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(10_000);
    List<Change> found = new ArrayList<>();
    long next = from;
    while (next <= under.model().revision()) {
      MvccStore.Changes changes = under.store().changesFrom(next, maxRevisions, maxBytes);
      assertThat(changes.lastRevision()).isGreaterThanOrEqualTo(next);
      assertThat(changes.lastRevision() - next).isLessThanOrEqualTo(maxRevisions);
      found.addAll(changes.changes());
      next = changes.lastRevision() + 1;
    }
    // A change at the compact revision that its own transaction superseded may be there or not.
    found.removeIf(c -> c.kv().modRevision() == compacted && !expected.contains(c));
    assertThat(describe(found))
        .as("from %d, compacted %d", from, compacted)
        .isEqualTo(describe(expected));
  }

  private static String describe(List<Change> changes) {
    StringBuilder text = new StringBuilder();
    for (Change change : changes) {
      KeyValue kv = change.kv();
      text.append(kv.modRevision()).append('.').append(change.sub()).append(' ').append(kv.key());
      text.append(" v").append(kv.version()).append(" c").append(kv.createRevision());
      text.append(" l").append(kv.lease()).append(" #").append(kv.value().hashCode()).append('\n');
    }
    return text.toString();
  }
}
