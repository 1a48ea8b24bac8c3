package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A store over a history in memory, next to the naive store that says what is right. It keeps a log
 * of what was applied, as a member does, and applies it again after a crash.
 */
final class StoreUnderTest {
  /** One step of a transaction. */
  sealed interface Step {}

  record Put(Bytes key, Bytes value, long lease) implements Step {}

  record Delete(KeyRange range, boolean wantsPrevKvs) implements Step {}

  record Read(RangeQuery query) implements Step {}

  /** Either a transaction of several steps, or a compaction if {@code compactRevision} is not 0. */
  record Command(List<Step> steps, long compactRevision) {}

  private record Entry(List<Command> commands, List<Object> outcomes) {}

  private final NaiveStore model = new NaiveStore();
  private final List<Entry> log = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final CompactionHashes compactionHashes;
  private StoreSettings settings;
  private volatile InMemoryHistory history = new InMemoryHistory();
  private MvccStore store;
  private StoreWriter writer;
  private MvccStore.Recovered recovered;

  StoreUnderTest(StoreSettings settings) throws IOException {
    this(settings, CompactionHashes.off());
  }

  StoreUnderTest(StoreSettings settings, CompactionHashes compactionHashes) throws IOException {
    this.settings = settings;
    this.compactionHashes = compactionHashes;
    open();
  }

  NaiveStore model() {
    return model;
  }

  StoreWriter writer() {
    return writer;
  }

  MvccStore store() {
    return store;
  }

  InMemoryHistory history() {
    return history;
  }

  MvccStore.Recovered recovered() {
    return recovered;
  }

  /** How many entries were applied: the index of the last one. */
  int entries() {
    return log.size();
  }

  /** What the history holds. */
  List<Change> storedChanges() {
    List<Change> stored = new ArrayList<>();
    history.pages().forEach(page -> stored.addAll(PageCodec.decode(page.data())));
    return stored;
  }

  Throwable failure() {
    return failure.get();
  }

  /** Applies an entry to both, and compares what the commands gave. */
  void apply(List<Command> commands) {
    List<Object> expected = new ArrayList<>();
    for (Command command : commands) {
      expected.add(applyToModel(command));
    }
    Entry entry = new Entry(List.copyOf(commands), expected);
    log.add(entry);
    applyToStore(entry, log.size());
  }

  void put(String key, String value) {
    apply(List.of(new Command(List.of(new Put(Bytes.utf8(key), Bytes.utf8(value), 0)), 0)));
  }

  void delete(String key) {
    KeyRange range = KeyRange.single(Bytes.utf8(key));
    apply(List.of(new Command(List.of(new Delete(range, false)), 0)));
  }

  void compact(long revision) {
    apply(List.of(new Command(List.of(), revision)));
  }

  /** Compacts the index and waits for the pages. */
  void finishCompaction() {
    while (writer.compactSlice()) {
      Thread.onSpinWait();
    }
    store.compactionFinished(model.compactedRevision()).orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** Moves the store into another history, in the background. */
  CompletableFuture<Void> defragment() {
    return store.defragment(new Beside());
  }

  /** The place for one move. */
  private final class Beside implements FreshHistory {
    private final InMemoryHistory copy = new InMemoryHistory();

    @Override
    public RevisionHistory create() throws IOException {
      copy.open();
      return copy;
    }

    @Override
    public void makeCurrent() {
      history = copy;
    }

    @Override
    public void deleteFormer() {
      assertThat(history.isOpen()).isTrue();
    }

    @Override
    public void discard() {
      assertThat(copy.isOpen()).isFalse();
    }
  }

  void restart() throws IOException {
    store.close();
    history = history.reopen();
    open();
  }

  /** Loses what is not durable, and applies it again. */
  void crash(StoreSettings newSettings) throws IOException {
    settings = newSettings;
    history.crash();
    store.close();
    history = history.reopen();
    failure.set(null);
    open();
  }

  void close() throws IOException {
    history.release();
    store.close();
  }

  private void open() throws IOException {
    store = new MvccStore(history, settings, compactionHashes, failure::set);
    MvccStore.Opened opened = store.open();
    writer = opened.writer();
    recovered = opened.recovered();
    for (int index = (int) recovered.appliedIndex() + 1; index <= log.size(); index++) {
      applyToStore(log.get(index - 1), index);
    }
  }

  private void applyToStore(Entry entry, int index) {
    for (int i = 0; i < entry.commands().size(); i++) {
      assertThat(applyToStore(entry.commands().get(i)))
          .as("entry %d, command %s", index, entry.commands().get(i))
          .isEqualTo(entry.outcomes().get(i));
    }
    writer.commit(index, 7, Map.of("index", Bytes.utf8(Integer.toString(index))));
    assertThat(store.revision()).isLessThanOrEqualTo(model.revision());
  }

  private List<Object> applyToModel(Command command) {
    List<Object> outcome = new ArrayList<>();
    if (command.compactRevision() != 0) {
      outcome.add(codeOf(() -> model.compact(command.compactRevision())));
      return outcome;
    }
    model.begin();
    long before = model.revision();
    for (Step step : command.steps()) {
      if (step instanceof Put put) {
        model.put(put.key(), put.value(), put.lease());
      } else if (step instanceof Delete delete) {
        List<KeyValue> deleted = model.delete(delete.range());
        outcome.add(deleted.stream().map(KeyValue::key).toList());
        outcome.add(delete.wantsPrevKvs() ? deleted : List.of());
      } else if (step instanceof Read read) {
        outcome.add(outcomeOf(() -> model.range(read.query())));
      }
    }
    outcome.add(model.revision());
    outcome.add(
        model.revision() == before
            ? List.of()
            : model.changesFrom(model.revision()).stream().map(c -> c.kv()).toList());
    return outcome;
  }

  private List<Object> applyToStore(Command command) {
    List<Object> outcome = new ArrayList<>();
    if (command.compactRevision() != 0) {
      outcome.add(codeOf(() -> writer.compact(command.compactRevision())));
      return outcome;
    }
    WriteTxn txn = writer.begin();
    for (Step step : command.steps()) {
      if (step instanceof Put put) {
        txn.put(put.key(), put.value(), put.lease());
        assertThat(txn.exists(put.key())).isTrue();
        assertThat(txn.get(put.key()).value()).isEqualTo(put.value());
      } else if (step instanceof Delete delete) {
        WriteTxn.Deleted deleted = txn.deleteRange(delete.range(), delete.wantsPrevKvs());
        outcome.add(deleted.keys());
        outcome.add(deleted.prevKvs());
      } else if (step instanceof Read read) {
        outcome.add(outcomeOf(() -> txn.range(read.query())));
      }
    }
    outcome.add(txn.revision());
    List<Event> events = txn.finish();
    outcome.add(events.stream().map(Event::kv).toList());
    for (Event event : events) {
      if (event.prevKv() != null) {
        assertThat(event.prevKv().key()).isEqualTo(event.kv().key());
        assertThat(event.prevKv().modRevision()).isLessThanOrEqualTo(event.kv().modRevision());
        assertThat(event.kv().isCreation()).isFalse();
      }
    }
    return outcome;
  }

  static Object outcomeOf(Supplier<Object> action) {
    try {
      return action.get();
    } catch (RequestException e) {
      return e.code();
    }
  }

  private static Object codeOf(Runnable action) {
    return outcomeOf(
        () -> {
          action.run();
          return "done";
        });
  }
}
