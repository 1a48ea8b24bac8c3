package io.kvorum.apply;

import io.kvorum.lease.Lease;
import io.kvorum.model.Alarm;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.FactSink;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.StoreWriter;
import io.kvorum.mvcc.WriteTxn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executes the commands of an entry one after the other: checks what each needs, changes keys and
 * tables, and keeps the revisions that it has written until the entry is committed. A command that
 * is rejected has changed nothing. Confined to the Raft thread.
 *
 * <p>Held by: ApplierTest.
 */
final class CommandExecution implements Command.Visitor<Result> {
  /** A revision that the current entry has written. */
  private record Committed(long revision, List<Event> events) {}

  private final StateTables tables;
  private final FactSink facts;
  private final AccessCheck access;
  private final List<Committed> committed = new ArrayList<>();
  private @Nullable StoreWriter writer;
  private long entryIndex;
  private long entryTerm;

  /** On whose behalf the current command was proposed. */
  private Principal principal = Principal.NOBODY;

  CommandExecution(StateTables tables, FactSink facts) {
    this.tables = tables;
    this.facts = facts;
    this.access = new AccessCheck(tables.auth(), tables.leases());
  }

  void open(StoreWriter ofStore) {
    writer = ofStore;
  }

  StoreWriter writer() {
    if (writer == null) {
      throw new IllegalStateException("the state machine is not open");
    }
    return writer;
  }

  void beginEntry(long index, long term) {
    entryIndex = index;
    entryTerm = term;
  }

  /** Shows the revisions that the entry has written, once it is committed. */
  void publish(Applier.CommitListener listener) {
    for (Committed revision : committed) {
      listener.committed(revision.revision(), revision.events());
    }
    committed.clear();
  }

  Result execute(Command proposed) {
    Command command = proposed;
    principal = Principal.NOBODY;
    if (proposed instanceof Command.Stamped stamped) {
      principal = stamped.principal();
      command = stamped.command();
    }
    if (tables.alarms().isActive(Alarm.Kind.CORRUPT) && !isAllowedWhenCorrupt(command)) {
      return rejected(ErrorCode.CORRUPT);
    }
    try {
      return command.accept(this);
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

  private Result rejected(ErrorCode code) {
    return new Result.Rejected(writer().writtenRevision(), code);
  }

  private void rejectIfOutOfSpace() {
    if (tables.alarms().isActive(Alarm.Kind.NOSPACE)) {
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

  @Override
  public Result put(Command.Put put) {
    access.require(principal, put);
    rejectIfOutOfSpace();
    WriteTxn txn = writer().begin();
    try {
      TxnExecution execution = new TxnExecution(txn, tables.leases());
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
      return new TxnExecution(txn, tables.leases()).deleteRange(deleteRange);
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
      return new TxnExecution(txn, tables.leases()).run(request);
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
    tables.auth().state().requireUser(principal);
    rejectIfOutOfSpace();
    tables.leases().grant(grant.id(), grant.ttlSeconds(), facts);
    return new Result.LeaseGrant(writer().writtenRevision(), grant.id(), grant.ttlSeconds());
  }

  @Override
  public Result leaseRevoke(Command.LeaseRevoke revoke) {
    rejectIfOfAnotherTerm(revoke.term());
    if (revoke.term() == Command.ANY_TERM) {
      access.requireWriteOfLease(principal, revoke.id());
    }
    Lease lease = tables.leases().existing(revoke.id());
    WriteTxn txn = writer().begin();
    for (Bytes key : List.copyOf(lease.keys())) {
      txn.deleteRange(KeyRange.single(key), false);
      tables.leases().detach(key);
    }
    finish(txn);
    tables.leases().remove(revoke.id(), facts);
    return new Result.LeaseRevoke(txn.revision());
  }

  @Override
  public Result leaseCheckpoint(Command.LeaseCheckpoint checkpoint) {
    rejectIfOfAnotherTerm(checkpoint.term());
    for (Command.LeaseCheckpoint.Remaining remaining : checkpoint.leases()) {
      tables.leases().checkpoint(remaining.id(), remaining.remainingSeconds(), facts);
    }
    return new Result.LeaseCheckpoint(writer().writtenRevision());
  }

  @Override
  public Result alarmActivate(Command.AlarmActivate activate) {
    tables.alarms().activate(activate.alarm(), facts);
    return new Result.Alarms(writer().writtenRevision(), tables.alarms().active());
  }

  @Override
  public Result alarmDeactivate(Command.AlarmDeactivate deactivate) {
    tables.alarms().deactivate(deactivate.alarm(), facts);
    return new Result.Alarms(writer().writtenRevision(), tables.alarms().active());
  }

  @Override
  public Result memberAdd(Command.MemberAdd add) {
    tables.members().add(add, facts);
    return membersNow();
  }

  @Override
  public Result memberRemove(Command.MemberRemove remove) {
    tables.members().remove(remove, facts);
    return membersNow();
  }

  @Override
  public Result memberPromote(Command.MemberPromote promote) {
    tables.members().promote(promote, facts);
    return membersNow();
  }

  @Override
  public Result memberUpdate(Command.MemberUpdate update) {
    tables.members().update(update, facts);
    return membersNow();
  }

  @Override
  public Result memberAttributes(Command.MemberAttributes attributes) {
    tables.members().setAttributes(attributes, facts);
    return membersNow();
  }

  @Override
  public Result memberReset(Command.MemberReset reset) {
    tables.members().reset(reset, facts);
    return membersNow();
  }

  @Override
  public Result downgradeChange(Command.DowngradeChange change) {
    tables.downgrade().set(change.downgrade(), facts);
    return new Result.DowngradeChange(writer().writtenRevision());
  }

  /** Those of a command are applied when it is. */
  @Override
  public Result stamped(Command.Stamped stamped) {
    throw new IllegalArgumentException("a command is stamped once: " + stamped);
  }

  @Override
  public Result auth(AuthCommand command) {
    tables.auth().apply(command, principal, entryIndex, facts);
    long revision = writer().writtenRevision();
    return command instanceof AuthCommand.GrantToken
        ? new Result.TokenGrant(revision, entryIndex)
        : new Result.AuthChange(revision);
  }

  private Result membersNow() {
    return new Result.Members(writer().writtenRevision(), tables.members().members());
  }
}
