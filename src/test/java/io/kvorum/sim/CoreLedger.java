package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Event;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records every committed entry with the result that the model gives. It outlives every crash: an
 * entry that is applied again must be the same, and give the same again.
 */
public final class CoreLedger {

  /**
   * An entry of the log.
   *
   * @param calls the numbers of its commands
   * @param group the voters from then on, if it says so
   * @param revisionAfter of the store when it has been applied
   */
  private record Entry(
      long index,
      long term,
      List<Long> calls,
      List<Result> results,
      @Nullable Bytes group,
      long revisionAfter,
      long compactedAfter) {}

  /** Receives each entry when a member applies it first. */
  public interface Listener {
    void entered(long index, List<Command> commands, @Nullable Bytes group);
  }

  private final CoreModel model;
  private final NumberingCodec codec;
  private final boolean isInOrder;
  private final Listener listener;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Long, Result> resultOfCall = new HashMap<>();
  private final Map<Long, Long> positionOfCall = new HashMap<>();
  private final List<Throwable> violations = new ArrayList<>();
  private long lastCall = -1;
  private @Nullable Entry applying;

  private CoreLedger(
      NumberingCodec codec, List<ClusterMember> founders, boolean isInOrder, Listener listener) {
    this.codec = codec;
    this.model = new CoreModel(founders);
    this.isInOrder = isInOrder;
    this.listener = listener;
  }

  /** Of one member, to which all calls come in the order of their numbers. */
  public static CoreLedger ofOneMember(NumberingCodec codec) {
    return new CoreLedger(codec, List.of(MembersModel.FOUNDER), true, (index, all, group) -> {});
  }

  /** Of several members, whose calls overtake each other. */
  public static CoreLedger ofCluster(
      NumberingCodec codec, List<ClusterMember> founders, Listener listener) {
    return new CoreLedger(codec, founders, false, listener);
  }

  /** A state machine is about to apply an entry, for the first time or again. */
  public void applying(long index, long term, List<Command> commands) {
    applying(index, term, commands, null);
  }

  /** As {@link #applying}, of an entry that changes the group of voters. */
  public void applyingGroup(long index, long term, byte[] group) {
    applying(index, term, List.of(), Bytes.wrap(group));
  }

  private void applying(long index, long term, List<Command> commands, @Nullable Bytes group) {
    List<Long> calls = commands.stream().map(codec::numberOf).toList();
    if (index == entries.size() + 1) {
      enter(index, term, commands, calls, group);
    }
    assertThat(index).as("the next entry").isBetween(1L, (long) entries.size());
    Entry entry = entries.get((int) index - 1);
    assertThat(calls).as("the calls of entry %d", index).isEqualTo(entry.calls());
    assertThat(term).as("the term of entry %d", index).isEqualTo(entry.term());
    assertThat(group).as("the group of entry %d", index).isEqualTo(entry.group());
    applying = entry;
  }

  private void enter(
      long index, long term, List<Command> commands, List<Long> calls, @Nullable Bytes group) {
    if (!entries.isEmpty()) {
      assertThat(term).as("the term of entry %d", index).isGreaterThanOrEqualTo(lastTerm());
    }
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < commands.size(); i++) {
      long call = calls.get(i);
      Long earlier = positionOfCall.putIfAbsent(call, positionOfCall.size() + 1L);
      assertThat(earlier)
          .as("the former place of call %d, in entry %d again", call, index)
          .isNull();
      if (isInOrder) {
        assertThat(call).as("calls are committed in order").isGreaterThan(lastCall);
      }
      lastCall = call;
      results.add(model.apply(commands.get(i), term, index));
      resultOfCall.put(call, results.get(i));
    }
    entries.add(
        new Entry(index, term, calls, results, group, model.revision(), model.compactedRevision()));
    listener.entered(index, commands, group);
  }

  private long lastTerm() {
    return entries.get(entries.size() - 1).term();
  }

  /** The entry has been applied. */
  public void applied(List<Result> results) {
    Entry entry = applying;
    assertThat(entry).isNotNull();
    assertThat(results).as("the results of entry %d", entry.index()).isEqualTo(entry.results());
    applying = null;
  }

  /** A listener got a revision. */
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

  /** Where in the order of all commands the call stands, from 1 on; null if it never happened. */
  public @Nullable Long positionOf(long call) {
    return positionOfCall.get(call);
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
