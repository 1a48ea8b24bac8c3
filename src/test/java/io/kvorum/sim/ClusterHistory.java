package io.kvorum.sim;

import io.kvorum.consensus.hazelcast.GroupForm;
import io.kvorum.model.Command;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the members of a simulated cluster ever applied: the same entry under one index, on every
 * member, in every life, and no command twice.
 */
final class ClusterHistory {
  private final List<RecordingState.Applied> entries = new ArrayList<>();
  private final Map<Long, Long> revisionOfCall = new HashMap<>();
  private final Map<Long, Long> leaderOfTerm = new HashMap<>();
  private final ClusterTable table;
  private Set<Long> group;
  private long groupChanges;

  ClusterHistory(Set<Long> founders) {
    this.table = new ClusterTable(founders);
    this.group = new TreeSet<>(founders);
  }

  /** A member applied an entry. */
  void applied(long member, RecordingState.Applied entry) {
    int place = (int) entry.index() - 1;
    if (place < entries.size()) {
      if (!entries.get(place).equals(entry)) {
        throw new AssertionError(
            "member %d applied %s where others applied %s"
                .formatted(member, text(entry), text(entries.get(place))));
      }
      return;
    }
    if (place > entries.size()) {
      throw new AssertionError("entry " + entry.index() + " was applied, but not the one before");
    }
    long last = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).term();
    if (entry.term() < last) {
      throw new AssertionError("an entry of term " + entry.term() + " after one of term " + last);
    }
    entries.add(entry);
    enter(entry);
  }

  private void enter(RecordingState.Applied entry) {
    for (Command command : entry.commands()) {
      long number = ClientRecord.numberOf(command);
      long revision = revisionOfCall.size() + 1;
      if (revisionOfCall.putIfAbsent(number, revision) != null) {
        throw new AssertionError("call " + number + " happened twice, see entry " + entry.index());
      }
      table.apply(command);
    }
    List<Byte> newGroup = entry.group();
    if (newGroup != null) {
      byte[] bytes = new byte[newGroup.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = newGroup.get(i);
      }
      group = GroupForm.voters(bytes);
      groupChanges++;
    }
  }

  private static String text(RecordingState.Applied entry) {
    return "entry %d of term %d: %s%s"
        .formatted(
            entry.index(),
            entry.term(),
            entry.commands().stream().map(ClientRecord::numberOf).toList(),
            entry.group() == null ? "" : " group " + entry.group());
  }

  /** A member says that it leads in that term. */
  void leads(long member, long term) {
    Long other = leaderOfTerm.putIfAbsent(term, member);
    if (other != null && other != member) {
      throw new AssertionError("%d and %d both lead in term %d".formatted(other, member, term));
    }
  }

  long size() {
    return entries.size();
  }

  /** How many terms had a leader. */
  long terms() {
    return leaderOfTerm.size();
  }

  long groupChanges() {
    return groupChanges;
  }

  ClusterTable table() {
    return table;
  }

  Set<Long> group() {
    return group;
  }

  Map<Long, Long> revisionOfCall() {
    return revisionOfCall;
  }
}
