package io.kvorum.apply;

import io.kvorum.auth.AuthListener;
import io.kvorum.auth.AuthTable;
import io.kvorum.consensus.StateMachine;
import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseTable;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.Alarm;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.FactSink;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Principal;
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
 * Applies committed commands to store, leases, alarms and members, with the same outcome on every
 * member: the state machine. It depends on no clock, no random source and no hash order.
 *
 * <p>It alone can change the leases, the alarms and the members; all others read them in a {@link
 * #view}. Confined to the Raft thread, except for that.
 */
public final class Applier implements StateMachine {

  /** Is called with each revision after readers can see it. */
  public interface CommitListener {
    void committed(long revision, List<Event> events);
  }

  private record Committed(long revision, List<Event> events) {}

  /** The name of the fact that holds the group of voters, which is opaque here. */
  static final String GROUP = "raft/group";

  private final MvccStore store;
  private final CommitListener listener;
  private final ApplyProbe probe;
  private final LeaseTable leases = new LeaseTable();
  private final Alarms alarms = new Alarms();
  private final MemberTable members = new MemberTable();
  private final DowngradeState downgrade = new DowngradeState();
  private final AuthTable auth;
  private final AccessCheck access;
  private final CommandVisitor visitor = new CommandVisitor();

  /** The revisions that the current entry has written so far. */
  private final List<Committed> committed = new ArrayList<>();

  private final EntryFacts facts = new EntryFacts();
  private @Nullable StoreWriter writer;
  private long entryIndex;
  private long entryTerm;

  /** On whose behalf the current command was proposed. */
  private Principal principal = Principal.NOBODY;

  private StateMachine.DurableState durableState = new DurableState(0, 0, false, null);

  /**
   * @param tokens hears of tokens that are granted or revoked
   */
  public Applier(MvccStore store, CommitListener listener, AuthListener tokens) {
    this(store, listener, tokens, ApplyProbe.NONE);
  }

  /**
   * @param tokens hears of tokens that are granted or revoked
   * @param probe hears of commands
   */
  public Applier(MvccStore store, CommitListener listener, AuthListener tokens, ApplyProbe probe) {
    this.store = store;
    this.listener = listener;
    this.probe = probe;
    this.auth = new AuthTable(tokens);
    this.access = new AccessCheck(auth, leases);
  }

  /** The state, for any thread to read. */
  public StateView view() {
    return new StateView(store, leases, alarms, members, downgrade, auth);
  }

  /** Takes over the store's writer, and what the store found on disk. Before everything else. */
  public void open(MvccStore.Opened opened) {
    writer = opened.writer();
    restore(opened.recovered());
  }

  /** Replaces the state by what the store found on disk, or in a snapshot from another member. */
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
    downgrade.restore(recovered.facts());
    auth.restore(recovered.facts());
    facts.clear(); // Founders that were not durable yet do not belong to the restored state.
  }

  /**
   * Enters the founding members if the state has no members: that of a new cluster, or of a version
   * that did not record them. Called after {@link #open} and before the first entry.
   *
   * <p>They become durable with the first entry that is applied, on every member alike. Until then
   * nothing else does, so that after a crash they are entered again, and the log is replayed on
   * top: they must be the same again.
   */
  public void foundIfNew(Collection<ClusterMember> founders) {
    members.foundIfNew(founders, facts);
  }

  /**
   * Replaces the state by a snapshot from another member, between two entries. No clock of its
   * leases runs.
   *
   * @throws IllegalArgumentException if it is behind the state; nothing has changed then
   */
  public void install(SnapshotStaging staged) {
    restore(writer().install(staged));
  }

  @Override
  public List<Result> apply(long index, long term, List<Command> commands) {
    entryIndex = index;
    entryTerm = term;
    List<Result> results = new ArrayList<>(commands.size());
    probe.entryBegins(index);
    for (Command command : commands) {
      Result result = apply(command);
      results.add(result);
      probe.applied(command, result);
    }
    commit(index, term);
    for (Committed revision : committed) {
      listener.committed(revision.revision(), revision.events());
    }
    committed.clear();
    return results;
  }

  private void commit(long index, long term) {
    writer().commit(index, term, facts.take());
  }

  @Override
  public void applyGroup(long index, long term, byte[] group) {
    facts.put(GROUP, Bytes.wrap(group));
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

  private Result apply(Command proposed) {
    Command command = proposed;
    principal = Principal.NOBODY;
    if (proposed instanceof Command.Stamped stamped) {
      principal = stamped.principal();
      command = stamped.command();
    }
    if (alarms.isActive(Alarm.Kind.CORRUPT) && !isAllowedWhenCorrupt(command)) {
      return rejected(ErrorCode.CORRUPT);
    }
    try {
      return command.accept(visitor);
    } catch (RequestException rejection) {
      return rejected(rejection.code());
    }
  }

  /**
   * As in etcd, what changes no key: a corrupt member can be removed, further members can be found
   * corrupt, the alarm can be deactivated, and leases keep their time.
   */
  private static boolean isAllowedWhenCorrupt(Command command) {
    return command instanceof Command.AlarmActivate
        || command instanceof Command.AlarmDeactivate
        || command instanceof Command.DowngradeChange
        || command instanceof Command.LeaseCheckpoint
        || command instanceof Command.MemberChange
        || command instanceof AuthCommand;
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

  private void rejectIfOutOfSpace() {
    if (alarms.isActive(Alarm.Kind.NOSPACE)) {
      throw new RequestException(ErrorCode.NO_SPACE);
    }
  }

  /** A deposed leader's command may be committed by the next one, which may know better. */
  private void rejectIfOfAnotherTerm(long term) {
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

  /** Applies one command; one that throws RequestException has changed nothing. */
  private final class CommandVisitor implements Command.Visitor<Result> {
    @Override
    public Result put(Command.Put put) {
      access.require(principal, put);
      rejectIfOutOfSpace();
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
      access.require(principal, deleteRange);
      WriteTxn txn = writer().begin();
      try {
        return new TxnExecution(txn, leases).deleteRange(deleteRange);
      } finally {
        finish(txn);
      }
    }

    @Override
    public Result txn(Command.Txn request) {
      access.require(principal, request);
      if (SpaceCost.of(request) > 0) {
        rejectIfOutOfSpace();
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
      auth.state().requireUser(principal);
      rejectIfOutOfSpace();
      leases.grant(grant.id(), grant.ttlSeconds(), facts);
      return new Result.LeaseGrant(writer().writtenRevision(), grant.id(), grant.ttlSeconds());
    }

    @Override
    public Result leaseRevoke(Command.LeaseRevoke revoke) {
      rejectIfOfAnotherTerm(revoke.term());
      if (revoke.term() == Command.ANY_TERM) {
        access.requireWriteOfLease(principal, revoke.id());
      }
      Lease lease = leases.existing(revoke.id());
      WriteTxn txn = writer().begin();
      for (Bytes key : List.copyOf(lease.keys())) {
        txn.deleteRange(KeyRange.single(key), false);
        leases.detach(key);
      }
      finish(txn);
      leases.remove(revoke.id(), facts);
      return new Result.LeaseRevoke(txn.revision());
    }

    @Override
    public Result leaseCheckpoint(Command.LeaseCheckpoint checkpoint) {
      rejectIfOfAnotherTerm(checkpoint.term());
      for (Command.LeaseCheckpoint.Remaining remaining : checkpoint.leases()) {
        leases.checkpoint(remaining.id(), remaining.remainingSeconds(), facts);
      }
      return new Result.LeaseCheckpoint(writer().writtenRevision());
    }

    @Override
    public Result alarmActivate(Command.AlarmActivate activate) {
      alarms.activate(activate.alarm(), facts);
      return new Result.Alarms(writer().writtenRevision(), alarms.active());
    }

    @Override
    public Result alarmDeactivate(Command.AlarmDeactivate deactivate) {
      alarms.deactivate(deactivate.alarm(), facts);
      return new Result.Alarms(writer().writtenRevision(), alarms.active());
    }

    @Override
    public Result memberAdd(Command.MemberAdd add) {
      members.add(add, facts);
      return membersNow();
    }

    @Override
    public Result memberRemove(Command.MemberRemove remove) {
      members.remove(remove, facts);
      return membersNow();
    }

    @Override
    public Result memberPromote(Command.MemberPromote promote) {
      members.promote(promote, facts);
      return membersNow();
    }

    @Override
    public Result memberUpdate(Command.MemberUpdate update) {
      members.update(update, facts);
      return membersNow();
    }

    @Override
    public Result memberAttributes(Command.MemberAttributes attributes) {
      members.setAttributes(attributes, facts);
      return membersNow();
    }

    @Override
    public Result memberReset(Command.MemberReset reset) {
      members.reset(reset, facts);
      return membersNow();
    }

    @Override
    public Result downgradeChange(Command.DowngradeChange change) {
      downgrade.set(change.downgrade(), facts);
      return new Result.DowngradeChange(writer().writtenRevision());
    }

    /** Those of a command are applied when it is. */
    @Override
    public Result stamped(Command.Stamped stamped) {
      throw new IllegalArgumentException("a command is stamped once: " + stamped);
    }

    @Override
    public Result auth(AuthCommand command) {
      auth.apply(command, principal, entryIndex, facts);
      long revision = writer().writtenRevision();
      return command instanceof AuthCommand.GrantToken
          ? new Result.TokenGrant(revision, entryIndex)
          : new Result.AuthChange(revision);
    }

    private Result membersNow() {
      return new Result.Members(writer().writtenRevision(), members.members());
    }
  }

  /** The facts that the current entry changes. */
  private static final class EntryFacts implements FactSink {
    private Map<String, @Nullable Bytes> changed = new HashMap<>();

    @Override
    public void put(String name, Bytes value) {
      changed.put(name, value);
    }

    @Override
    public void remove(String name) {
      changed.put(name, null);
    }

    /** The store keeps the map that it gets: what is changed later must not get into it. */
    Map<String, @Nullable Bytes> take() {
      if (changed.isEmpty()) {
        return Map.of();
      }
      Map<String, @Nullable Bytes> taken = changed;
      changed = new HashMap<>();
      return taken;
    }

    void clear() {
      changed.clear();
    }
  }
}
