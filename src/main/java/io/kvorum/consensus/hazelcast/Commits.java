package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.state.RaftGroupMembers;
import io.kvorum.model.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to entries once they are committed: they are applied, those included that the engine
 * keeps for itself, and the batches of this member are answered.
 *
 * <p>Confined to the engine thread.
 */
final class Commits implements HazelcastIntegration.Callbacks, Applier.Answers {
  private final MemberEndpoint self;
  private final EntryCodec codec;
  private final Applier applier;
  private final PendingBatches own;
  private final PublishedStatus board;

  /** Null until the first replica is made. */
  private @Nullable RaftNodeImpl node;

  /** While the log is replayed. */
  private @Nullable LogRecovery recovery;

  /** False until the member takes part, so that its status says nothing yet. */
  private boolean isPublic;

  Commits(
      MemberEndpoint self,
      RaftPorts ports,
      EntryCodec codec,
      FailureLatch failure,
      Batches batches) {
    this.self = self;
    this.codec = codec;
    this.applier = new Applier(ports, codec, failure, this);
    this.own = batches.own();
    this.board = new PublishedStatus(applier, batches.proposals());
  }

  /** The proposals of this member, and what became of them. */
  record Batches(ProposalQueue proposals, PendingBatches own) {}

  Applier applier() {
    return applier;
  }

  PublishedStatus board() {
    return board;
  }

  /** The log is being replayed: it knows the group. */
  void replaying(@Nullable LogRecovery newRecovery) {
    recovery = newRecovery;
  }

  /** Entries come from this engine from now on. */
  void comeFrom(RaftNodeImpl newNode) {
    recovery = null;
    node = newNode;
  }

  /** The member takes part. */
  void becomePublic() {
    isPublic = true;
  }

  private RaftNodeImpl running() {
    RaftNodeImpl running = node;
    if (running == null) {
      throw new IllegalStateException("the engine is not running yet");
    }
    return running;
  }

  @Override
  public void apply(LogOperation operation, long index) {
    RaftNodeImpl raft = running();
    applyGroups(index - 1);
    int term = raft.state().log().getLogEntry(index).term();
    applier.apply(index, term, operation);
  }

  /** The engine applies changes of the group by itself, and tells nobody. */
  void applyGroups(long lastIndex) {
    for (long index = applier.appliedIndex() + 1; index <= lastIndex; index++) {
      LogEntry entry = running().state().log().getLogEntry(index);
      if (entry == null || !(entry.operation() instanceof UpdateRaftGroupMembersCmd change)) {
        throw new IllegalStateException(
            "entry " + index + " was passed over, but is no change of the group: " + entry);
      }
      applier.applyGroup(index, entry.term(), GroupChange.of(change));
    }
  }

  /** Answers only after everybody can see that the entry is applied. */
  @Override
  public void applied(long term, List<EntryPart> parts, List<Result> results) {
    RaftNodeImpl current = node;
    if (isPublic && current != null) {
      board.publish(current);
    }
    int from = 0;
    for (EntryPart part : parts) {
      int to = from + part.count();
      if (part.origin() == own.origin()) {
        own.applied(part.sequence(), results.subList(from, to));
      }
      from = to;
    }
    own.termReached(term);
  }

  @Override
  public GroupCodec.Group group() {
    LogRecovery replaying = recovery;
    if (replaying != null) {
      return replaying.group();
    }
    RaftGroupMembers group = running().state().committedGroupMembers();
    return new GroupCodec.Group(group.index(), GroupChange.endpoints(group.members()));
  }

  @Override
  public LogOperation firstOfTerm() {
    long committed = running().state().commitIndex();
    return LogOperation.made(List.of(), codec.encode(committed, List.of()));
  }

  @Override
  public SnapshotMarker snapshotAt(long index) {
    applyGroups(index);
    return new SnapshotMarker(index, self.id());
  }

  @Override
  public void requireSnapshot(SnapshotMarker marker) {
    if (applier.appliedIndex() != marker.index()) {
      throw new IllegalStateException(
          "the engine starts at entry %d, but the state is at %d"
              .formatted(marker.index(), applier.appliedIndex()));
    }
  }
}
