package io.kvorum.apply;

import io.kvorum.consensus.StateMachine;
import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseTable;
import io.kvorum.lease.Lessor;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreWriter;
import io.kvorum.mvcc.WriteTxn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state machine: applies committed commands to store, leases, alarms and members, the same on
 * every member. It looks at no clock, no random source and no hash order.
 *
 * <p>Confined to the engine thread.
 */
public final class Applier implements StateMachine {

  /** Hears of each revision after readers can see it. */
  public interface CommitListener {
    void committed(long revision, List<Event> events);
  }

  /** The replicated state. */
  public record State(
      MvccStore store, LeaseTable leases, Lessor expiry, Alarms alarms, MemberTable members) {}

  private record Committed(long revision, List<Event> events) {}

  private final MvccStore store;
  private final LeaseTable leases;
  private final Lessor expiry;
  private final Alarms alarms;
  private final MemberChanges members;
  private final CommitListener listener;
  private final CommandVisitor visitor = new CommandVisitor();

  private static final String GROUP = "raft/group";

  private @Nullable StoreWriter writer;

  private StateMachine.DurableState durableState = new DurableState(0, 0, false, null);

  /** What the current entry has changed so far. */
  private final List<Committed> committed = new ArrayList<>();

  private Map<String, @Nullable Bytes> facts = new HashMap<>();

  /** Of the entry that is applied now. */
  private long entryTerm;

  public Applier(State state, CommitListener listener) {
    this.store = state.store();
    this.leases = state.leases();
    this.expiry = state.expiry();
    this.alarms = state.alarms();
    this.members = new MemberChanges(state.members(), this::remember);
    this.listener = listener;
  }

  /** Takes over the store's writer and what the store found on disk. Before everything else. */
  public void open(MvccStore.Opened opened) {
    writer = opened.writer();
    restore(opened.recovered());
  }

  /** Replaces the state by what the store has recovered. */
  void restore(MvccStore.Recovered recovered) {
    Bytes group = recovered.facts().get(GROUP);
    durableState =
        new DurableState(
            recovered.appliedIndex(),
            recovered.appliedTerm(),
            recovered.installedIndex() > 0
                && recovered.installedIndex() == recovered.appliedIndex(),
            group == null ? null : group.unsafeArray());
    leases.restore(recovered.facts(), recovered.leaseOfKey());
    alarms.restore(recovered.facts());
    members.restore(recovered.facts());
    facts = new HashMap<>(); // founders that were not durable yet have no say in another state
  }

  /**
   * Founds the cluster with these members if the state names none: a new one, or one of a version
   * that did not write its members down. After {@link #open}, before the first entry.
   *
   * <p>They become durable with the first entry that is applied, on every member alike. Until then
   * nothing else is, so that after a crash the cluster is founded anew, and the log replayed on
   * top: the founders must be the same again.
   */
  public void foundIfNew(Collection<ClusterMember> founders) {
    members.foundIfNew(founders);
  }

  /**
   * Goes on with a state that came from another member, between two entries. The clocks of its
   * leases stand still.
   *
   * @throws IllegalArgumentException if it is behind this one; nothing has changed
   */
  public void install(SnapshotStaging staged) {
    restore(writer().install(staged));
  }

  @Override
  public List<Result> apply(long index, long term, List<Command> commands) {
    entryTerm = term;
    List<Result> results = new ArrayList<>(commands.size());
    for (Command command : commands) {
      results.add(apply(command));
    }
    commit(index, term);
    for (Committed revision : committed) {
      listener.committed(revision.revision(), revision.events());
    }
    committed.clear();
    return results;
  }

  /** The store keeps the map that it is given: what comes later must not get into it. */
  private void commit(long index, long term) {
    if (facts.isEmpty()) {
      writer().commit(index, term, Map.of());
    } else {
      writer().commit(index, term, facts);
      facts = new HashMap<>();
    }
  }

  private void remember(String factName, @Nullable Bytes factValue) {
    facts.put(factName, factValue);
  }

  @Override
  public void applyGroup(long index, long term, byte[] group) {
    remember(GROUP, Bytes.wrap(group));
    commit(index, term);
  }

  @Override
  public DurableState durableState() {
    return durableState;
  }

  @Override
  public long durableIndex() {
    return store.durableIndex();
  }

  @Override
  public boolean workSlice() {
    return writer().compactSlice();
  }

  private Result apply(Command command) {
    if (alarms.isRaised(Alarm.Kind.CORRUPT) && !isAllowedWhenCorrupt(command)) {
      return rejected(ErrorCode.CORRUPT);
    }
    try {
      return command.accept(visitor);
    } catch (RequestException rejection) {
      return rejected(rejection.code());
    }
  }

  /** A corrupt member must be able to leave. */
  private static boolean isAllowedWhenCorrupt(Command command) {
    return command instanceof Command.AlarmDeactivate || command instanceof Command.MemberChange;
  }

  private StoreWriter writer() {
    if (writer == null) {
      throw new IllegalStateException("the state machine is not open");
    }
    return writer;
  }

  private Result rejected(ErrorCode code) {
    return new Result.Rejected(writer().writtenRevision(), code);
  }

  private void refuseIfOutOfSpace() {
    if (alarms.isRaised(Alarm.Kind.NOSPACE)) {
      throw new RequestException(ErrorCode.NO_SPACE);
    }
  }

  /** What a deposed leader said is carried over to the next one, which may know better. */
  private void refuseIfOfAnotherTerm(long term) {
    if (term != Command.ANY_TERM && term != entryTerm) {
      throw new RequestException(ErrorCode.NOT_LEADER);
    }
  }

  private void finish(WriteTxn txn) {
    List<Event> events = txn.finish();
    if (!events.isEmpty()) {
      committed.add(new Committed(txn.revision(), events));
    }
  }

  /** Applies one command; what it throws as RequestException has changed nothing. */
  private final class CommandVisitor implements Command.Visitor<Result> {
    @Override
    public Result put(Command.Put put) {
      refuseIfOutOfSpace();
      WriteTxn txn = writer().begin();
      try {
        TxnExecution execution = new TxnExecution(txn, leases);
        execution.check(put);
        return execution.put(put);
      } finally {
        finish(txn);
      }
    }

    @Override
    public Result deleteRange(Command.DeleteRange deleteRange) {
      WriteTxn txn = writer().begin();
      try {
        return new TxnExecution(txn, leases).deleteRange(deleteRange);
      } finally {
        finish(txn);
      }
    }

    @Override
    public Result txn(Command.Txn request) {
      if (SpaceCost.of(request) > 0) {
        refuseIfOutOfSpace();
      }
      WriteTxn txn = writer().begin();
      try {
        return new TxnExecution(txn, leases).run(request);
      } finally {
        finish(txn);
      }
    }

    @Override
    public Result compact(Command.Compact compact) {
      writer().compact(compact.revision());
      return new Result.Compact(writer().writtenRevision());
    }

    @Override
    public Result leaseGrant(Command.LeaseGrant grant) {
      refuseIfOutOfSpace();
      if (leases.find(grant.id()) != null) {
        throw new RequestException(ErrorCode.LEASE_EXISTS);
      }
      Lease lease = leases.grant(grant.id(), grant.ttlSeconds());
      expiry.granted(lease);
      facts.put(LeaseTable.factName(grant.id()), LeaseTable.factValue(lease));
      return new Result.LeaseGrant(writer().writtenRevision(), grant.id(), grant.ttlSeconds());
    }

    @Override
    public Result leaseRevoke(Command.LeaseRevoke revoke) {
      refuseIfOfAnotherTerm(revoke.term());
      Lease lease = leases.find(revoke.id());
      if (lease == null) {
        throw new RequestException(ErrorCode.LEASE_NOT_FOUND);
      }
      WriteTxn txn = writer().begin();
      for (Bytes key : List.copyOf(lease.keys())) {
        txn.deleteRange(KeyRange.single(key), false);
        leases.detach(key);
      }
      finish(txn);
      leases.remove(revoke.id());
      facts.put(LeaseTable.factName(revoke.id()), null);
      return new Result.LeaseRevoke(txn.revision());
    }

    @Override
    public Result leaseCheckpoint(Command.LeaseCheckpoint checkpoint) {
      refuseIfOfAnotherTerm(checkpoint.term());
      for (Command.LeaseCheckpoint.Remaining remaining : checkpoint.leases()) {
        Lease lease = leases.find(remaining.id());
        if (lease != null) {
          leases.checkpoint(lease, remaining.remainingSeconds());
          facts.put(LeaseTable.factName(lease.id()), LeaseTable.factValue(lease));
        }
      }
      return new Result.LeaseCheckpoint(writer().writtenRevision());
    }

    @Override
    public Result alarmActivate(Command.AlarmActivate activate) {
      alarms.raise(activate.alarm());
      facts.put(Alarms.factName(activate.alarm()), Bytes.EMPTY);
      return new Result.Alarms(writer().writtenRevision(), alarms.raised());
    }

    @Override
    public Result alarmDeactivate(Command.AlarmDeactivate deactivate) {
      alarms.clear(deactivate.alarm());
      facts.put(Alarms.factName(deactivate.alarm()), null);
      return new Result.Alarms(writer().writtenRevision(), alarms.raised());
    }

    @Override
    public Result memberAdd(Command.MemberAdd add) {
      return new Result.Members(writer().writtenRevision(), members.add(add));
    }

    @Override
    public Result memberRemove(Command.MemberRemove remove) {
      return new Result.Members(writer().writtenRevision(), members.remove(remove));
    }

    @Override
    public Result memberPromote(Command.MemberPromote promote) {
      return new Result.Members(writer().writtenRevision(), members.promote(promote));
    }

    @Override
    public Result memberUpdate(Command.MemberUpdate update) {
      return new Result.Members(writer().writtenRevision(), members.update(update));
    }

    @Override
    public Result memberAttributes(Command.MemberAttributes attributes) {
      return new Result.Members(writer().writtenRevision(), members.setAttributes(attributes));
    }

    @Override
    public Result memberReset(Command.MemberReset reset) {
      return new Result.Members(writer().writtenRevision(), members.leaveAlone(reset));
    }
  }
}
