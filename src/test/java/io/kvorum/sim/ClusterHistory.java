package io.kvorum.sim;

import io.kvorum.consensus.hazelcast.GroupForm;
import io.kvorum.log.ProtobufCommandCodec;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.watch.RecordedEvents;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what has happened in a simulated cluster: the ledger that every entry of each member must
 * agree with, and what follows from it: the voters, and the events that watchers are to see.
 */
final class ClusterHistory {
  private final NumberingCodec codec = new NumberingCodec(new ProtobufCommandCodec());
  private final RecordedEvents watched = new RecordedEvents();
  private final Map<Long, Long> leaderOfTerm = new HashMap<>();
  private final CoreLedger ledger;
  private final LeasePromises promises;
  private Set<Long> group;
  private long groupChanges;

  ClusterHistory(List<ClusterMember> founders, LeasePromises promises) {
    this.promises = promises;
    this.ledger = CoreLedger.ofCluster(codec, founders, this::entered);
    this.group = new TreeSet<>(ledger.model().members().voters());
  }

  private void entered(long index, List<Command> commands, @Nullable Bytes newGroup) {
    CoreModel model = ledger.model();
    while (watched.lastRevision() < model.revision()) {
      List<Change> changes = model.changesAt(watched.lastRevision() + 1);
      watched.append(changes.stream().map(Change::kv).toList());
    }
    watched.compact(model.compactedRevision());
    for (Command command : commands) {
      promises.happened(command, codec.numberOf(command), ledger.resultOf(codec.numberOf(command)));
    }
    if (newGroup != null) {
      group = GroupForm.voters(newGroup.unsafeArray());
      groupChanges++;
    }
  }

  /** A member says that it leads in that term. */
  void leads(long member, long term) {
    Long other = leaderOfTerm.putIfAbsent(term, member);
    if (other != null && other != member) {
      throw new AssertionError("%d and %d both lead in term %d".formatted(other, member, term));
    }
  }

  CoreLedger ledger() {
    return ledger;
  }

  CoreModel model() {
    return ledger.model();
  }

  NumberingCodec codec() {
    return codec;
  }

  /** What watchers are held against. */
  RecordedEvents watched() {
    return watched;
  }

  /** The members as they are listed. */
  MembersModel members() {
    return ledger.model().members();
  }

  /** Those who vote. */
  Set<Long> group() {
    return group;
  }

  long groupChanges() {
    return groupChanges;
  }

  /** How many entries there are. */
  long size() {
    return ledger.lastIndex();
  }

  /** How many terms had a leader. */
  long terms() {
    return leaderOfTerm.size();
  }

  @Override
  public String toString() {
    return "%d entries, revision %d, the voters are %s of %s"
        .formatted(size(), model().revision(), group, members().all());
  }
}
