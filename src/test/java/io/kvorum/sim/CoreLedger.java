package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Change;
import io.kvorum.model.Command;
import io.kvorum.model.Event;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was ever committed, entry by entry, with what the model says it gives. It outlives every
 * crash: an entry that is applied again must be the same, and give the same again.
 */
public final class CoreLedger {

  /**
   * An entry of the log.
   *
   * @param calls the numbers of its commands
   * @param revisionAfter of the store when it has been applied
   */
  private record Entry(
      long index,
      long term,
      List<Long> calls,
      List<Result> results,
      long revisionAfter,
      long compactedAfter) {}

  private final CoreModel model = new CoreModel();
  private final NumberingCodec codec;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Long, Result> resultOfCall = new HashMap<>();
  private final List<Throwable> violations = new ArrayList<>();
  private long lastCall = -1;
  private @Nullable Entry applying;

  public CoreLedger(NumberingCodec codec) {
    this.codec = codec;
  }

  /** A state machine is about to apply an entry, for the first time or again. */
  public void applying(long index, long term, List<Command> commands) {
    List<Long> calls = commands.stream().map(codec::numberOf).toList();
    if (index == entries.size() + 1) {
      enter(index, term, commands, calls);
    }
    assertThat(index).as("the next entry").isBetween(1L, (long) entries.size());
    Entry entry = entries.get((int) index - 1);
    assertThat(calls).as("the calls of entry %d", index).isEqualTo(entry.calls());
    assertThat(term).as("the term of entry %d", index).isEqualTo(entry.term());
    applying = entry;
  }

  private void enter(long index, long term, List<Command> commands, List<Long> calls) {
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < commands.size(); i++) {
      assertThat(calls.get(i))
          .as("calls are committed in order, each once")
          .isGreaterThan(lastCall);
      lastCall = calls.get(i);
      results.add(model.apply(commands.get(i)));
      resultOfCall.put(lastCall, results.get(i));
    }
    entries.add(
        new Entry(index, term, calls, results, model.revision(), model.compactedRevision()));
  }

  /** The entry has been applied. */
  public void applied(List<Result> results) {
    Entry entry = applying;
    assertThat(entry).isNotNull();
    assertThat(results).as("the results of entry %d", entry.index()).isEqualTo(entry.results());
    applying = null;
  }

  /** A listener was told of a revision. */
  public void published(long revision, List<Event> events) {
    Entry entry = applying;
    assertThat(entry).as("events are published while an entry is applied").isNotNull();
    assertThat(revision).isGreaterThan(revisionAfter(entry.index() - 1));
    assertThat(revision).isLessThanOrEqualTo(entry.revisionAfter());
    List<Change> expected = model.changesAt(revision);
    assertThat(events.stream().map(Event::kv).toList())
        .as("the events of revision %d", revision)
        .isEqualTo(expected.stream().map(Change::kv).toList());
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).prevKv() != null) {
        assertThat(events.get(i).prevKv()).isEqualTo(model.versionBefore(expected.get(i)));
      }
    }
  }

  /** The revision of the store after an entry; of the empty store for 0. */
  public long revisionAfter(long index) {
    return index == 0 ? 1 : entries.get((int) index - 1).revisionAfter();
  }

  /** The compact revision after an entry. */
  public long compactedAfter(long index) {
    return index == 0 ? -1 : entries.get((int) index - 1).compactedAfter();
  }

  public long lastIndex() {
    return entries.size();
  }

  public @Nullable Result resultOf(long call) {
    return resultOfCall.get(call);
  }

  public CoreModel model() {
    return model;
  }

  /** Runs a check whose failure the code under test might swallow. */
  public void watch(Runnable check) {
    try {
      check.run();
    } catch (RuntimeException | AssertionError violation) {
      violations.add(violation);
      throw violation;
    }
  }

  public List<Throwable> violations() {
    return violations;
  }
}
