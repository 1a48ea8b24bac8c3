package io.kvorum.sim;

import io.kvorum.model.Alarm;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.Downgrade;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Principal;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.Revision;
import io.kvorum.model.TxnOp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Models what a store with leases, alarms and users should do, as plainly as possible: it keeps the
 * whole state at each revision and never forgets anything.
 */
public final class CoreModel implements Command.Visitor<Result> {

  /** What is known of a lease. */
  public record LeaseState(long ttlSeconds, long checkpointedSeconds) {}

  private final Map<Long, SortedMap<Bytes, KeyValue>> states = new HashMap<>();
  private final Map<Long, List<Change>> changes = new HashMap<>();
  private final TreeMap<Long, LeaseState> leases = new TreeMap<>();
  private final TreeSet<Alarm> alarms =
      new TreeSet<>(Comparator.comparingLong(Alarm::memberId).thenComparing(Alarm::kind));
  private final MembersModel members;
  private TreeMap<Bytes, KeyValue> now = new TreeMap<>();
  private List<Change> written = new ArrayList<>();
  private long revision = Revision.EMPTY_STORE;
  private final AuthModel auth = new AuthModel();
  private Principal principal = Principal.NOBODY;
  private long term;
  private long index;
  private long compactedRevision = Revision.NEVER_COMPACTED;
  private Downgrade downgrade = Downgrade.NONE;

  public CoreModel(List<ClusterMember> founders) {
    members = new MembersModel(founders);
    states.put(revision, new TreeMap<>());
  }

  /**
   * Applies a command; what is refused changes nothing.
   *
   * @param entryTerm of the entry that it stands in
   * @param entryIndex of that entry
   */
  public Result apply(Command proposed, long entryTerm, long entryIndex) {
    term = entryTerm;
    index = entryIndex;
    Command command = proposed;
    principal = Principal.NOBODY;
    if (proposed instanceof Command.Stamped stamped) {
      command = stamped.command();
      principal = stamped.principal();
    }
    Result result;
    try {
      if (isRaised(Alarm.Kind.CORRUPT)
          && !(command instanceof Command.AlarmActivate)
          && !(command instanceof Command.AlarmDeactivate)
          && !(command instanceof Command.DowngradeChange)
          && !(command instanceof Command.LeaseCheckpoint)
          && !(command instanceof Command.MemberChange)
          && !(command instanceof AuthCommand)) {
        throw new RequestException(ErrorCode.CORRUPT);
      }
      result = command.accept(this);
    } catch (RequestException refusal) {
      if (!written.isEmpty()) {
        throw new AssertionError("the model is wrong: refused after a change: " + command);
      }
      result = new Result.Rejected(revision, refusal.code());
    }
    if (!written.isEmpty()) {
      revision++;
      states.put(revision, new TreeMap<>(now));
      changes.put(revision, written);
      written = new ArrayList<>();
    }
    return result;
  }

  /** Of the last entry. */
  public long term() {
    return term;
  }

  public long revision() {
    return revision;
  }

  public long compactedRevision() {
    return compactedRevision;
  }

  public SortedMap<Bytes, KeyValue> stateAt(long at) {
    return states.get(at);
  }

  /** The changes of one revision, in order. */
  public List<Change> changesAt(long at) {
    return changes.get(at);
  }

  public @Nullable KeyValue versionBefore(Change change) {
    return states.get(change.kv().modRevision() - 1).get(change.kv().key());
  }

  public SortedMap<Long, LeaseState> leases() {
    return leases;
  }

  public Downgrade downgrade() {
    return downgrade;
  }

  public List<Alarm> alarms() {
    return List.copyOf(alarms);
  }

  public MembersModel members() {
    return members;
  }

  AuthModel auth() {
    return auth;
  }

  /** A read between two commands. */
  public Result.Range range(RangeQuery query) {
    long current = current();
    long at = query.revision() > 0 ? query.revision() : current;
    if (at > current) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    if (at < compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    return select(query, current, at == current ? now : states.get(at));
  }

  /** What a read saw, rightly, where the store had that revision and nothing was compacted. */
  public Result.Range rangeAsOf(long current, RangeQuery query) {
    return select(query, current, states.get(query.revision() > 0 ? query.revision() : current));
  }

  private static Result.Range select(
      RangeQuery query, long current, SortedMap<Bytes, KeyValue> state) {
    List<KeyValue> all = new ArrayList<>(state.values());
    all.removeIf(kv -> !query.range().contains(kv.key()));
    int count = all.size();
    if (query.projection() == RangeQuery.Projection.COUNT_ONLY) {
      return new Result.Range(current, List.of(), false, count);
    }
    all.removeIf(kv -> !query.bounds().admits(kv.modRevision(), kv.createRevision()));
    boolean more = query.limit() > 0 && all.size() > query.limit();
    boolean isCutUnsorted =
        query.sortTarget() != RangeQuery.SortTarget.KEY
            && query.sortOrder() == RangeQuery.SortOrder.NONE
            && query.bounds().equals(RangeQuery.RevisionBounds.NONE);
    if (more && isCutUnsorted) {
      all = new ArrayList<>(all.subList(0, (int) query.limit() + 1));
    }
    all.sort(orderOf(query));
    List<KeyValue> kvs = new ArrayList<>(more ? all.subList(0, (int) query.limit()) : all);
    if (query.projection() == RangeQuery.Projection.KEYS_ONLY) {
      kvs.replaceAll(kv -> keyOnly(kv, query.sortTarget()));
    }
    return new Result.Range(current, kvs, more, count);
  }

  private static KeyValue keyOnly(KeyValue kv, RangeQuery.SortTarget target) {
    long lease = target == RangeQuery.SortTarget.VALUE ? kv.lease() : 0;
    return new KeyValue(
        kv.key(), Bytes.EMPTY, kv.createRevision(), kv.modRevision(), kv.version(), lease);
  }

  private static Comparator<KeyValue> orderOf(RangeQuery query) {
    Comparator<KeyValue> order =
        switch (query.sortTarget()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparingLong(KeyValue::version);
          case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
          case MOD -> Comparator.comparingLong(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    boolean descends = query.sortOrder() == RangeQuery.SortOrder.DESCEND;
    return (descends ? order.reversed() : order).thenComparing(KeyValue::key);
  }

  private long current() {
    return written.isEmpty() ? revision : revision + 1;
  }

  private boolean isRaised(Alarm.Kind kind) {
    return alarms.stream().anyMatch(alarm -> alarm.kind() == kind);
  }

  private void requireSpace() {
    if (isRaised(Alarm.Kind.NOSPACE)) {
      throw new RequestException(ErrorCode.NO_SPACE);
    }
  }

  private void requireTerm(long meant) {
    if (meant != 0 && meant != term) {
      throw new RequestException(ErrorCode.NOT_LEADER);
    }
  }

  private void check(Command.Put put) {
    if (put.lease() != 0 && !leases.containsKey(put.lease())) {
      throw new RequestException(ErrorCode.LEASE_NOT_FOUND);
    }
    if ((put.ignoreValue() || put.ignoreLease()) && !now.containsKey(put.key())) {
      throw new RequestException(ErrorCode.KEY_NOT_FOUND);
    }
  }

  @Override
  public Result put(Command.Put put) {
    auth.require(principal, put, put.lease() == 0 ? List.of() : keysOf(put.lease()));
    requireSpace();
    check(put);
    return write(put);
  }

  private Result.Put write(Command.Put put) {
    KeyValue before = now.get(put.key());
    long mod = revision + 1;
    KeyValue after =
        new KeyValue(
            put.key(),
            before != null && put.ignoreValue() ? before.value() : put.value(),
            before == null ? mod : before.createRevision(),
            mod,
            before == null ? 1 : before.version() + 1,
            before != null && put.ignoreLease() ? before.lease() : put.lease());
    now.put(put.key(), after);
    written.add(new Change(written.size(), after));
    return new Result.Put(mod, put.wantsPrevKv() ? before : null);
  }

  @Override
  public Result.DeleteRange deleteRange(Command.DeleteRange deleteRange) {
    auth.require(principal, deleteRange);
    return remove(deleteRange);
  }

  private Result.DeleteRange remove(Command.DeleteRange deleteRange) {
    List<KeyValue> deleted = delete(deleteRange.range());
    List<KeyValue> previous = deleteRange.wantsPrevKvs() ? deleted : List.of();
    return new Result.DeleteRange(current(), deleted.size(), previous);
  }

  private List<KeyValue> delete(KeyRange range) {
    List<KeyValue> deleted = new ArrayList<>(now.values());
    deleted.removeIf(kv -> !range.contains(kv.key()));
    for (KeyValue kv : deleted) {
      now.remove(kv.key());
      written.add(new Change(written.size(), KeyValue.tombstone(kv.key(), revision + 1)));
    }
    return deleted;
  }

  @Override
  public Result txn(Command.Txn txn) {
    auth.require(principal, txn, this::keysOf);
    if (mayPut(txn)) {
      requireSpace();
    }
    Map<Command.Txn, Boolean> choices = new IdentityHashMap<>();
    choose(txn, choices);
    check(txn, choices);
    return run(txn, choices);
  }

  private static boolean mayPut(Command.Txn txn) {
    List<TxnOp> ops = new ArrayList<>(txn.success());
    ops.addAll(txn.failure());
    return ops.stream()
        .anyMatch(op -> op instanceof Command.Put || (op instanceof Command.Txn t && mayPut(t)));
  }

  private void choose(Command.Txn txn, Map<Command.Txn, Boolean> choices) {
    boolean succeeds = txn.compares().stream().allMatch(this::holds);
    choices.put(txn, succeeds);
    for (TxnOp op : succeeds ? txn.success() : txn.failure()) {
      if (op instanceof Command.Txn nested) {
        choose(nested, choices);
      }
    }
  }

  private boolean holds(Compare compare) {
    List<KeyValue> kvs = new ArrayList<>(now.values());
    kvs.removeIf(kv -> !compare.range().contains(kv.key()));
    if (kvs.isEmpty()) {
      return compare.target() != Compare.Target.VALUE
          && compare.operator().holds(Long.compare(0, compare.number()));
    }
    return kvs.stream().allMatch(kv -> holds(compare, kv));
  }

  private static boolean holds(Compare compare, KeyValue kv) {
    int comparison =
        switch (compare.target()) {
          case VERSION -> Long.compare(kv.version(), compare.number());
          case CREATE -> Long.compare(kv.createRevision(), compare.number());
          case MOD -> Long.compare(kv.modRevision(), compare.number());
          case LEASE -> Long.compare(kv.lease(), compare.number());
          case VALUE -> kv.value().compareTo(compare.value());
        };
    return compare.operator().holds(comparison);
  }

  private static List<TxnOp> branch(Command.Txn txn, Map<Command.Txn, Boolean> choices) {
    return choices.get(txn) ? txn.success() : txn.failure();
  }

  private void check(Command.Txn txn, Map<Command.Txn, Boolean> choices) {
    for (TxnOp op : branch(txn, choices)) {
      if (op instanceof Command.Put put) {
        check(put);
      } else if (op instanceof RangeQuery query) {
        if (query.revision() < 0 && query.revision() < compactedRevision) {
          throw new RequestException(ErrorCode.COMPACTED);
        }
        range(query);
      } else if (op instanceof Command.Txn nested) {
        check(nested, choices);
      }
    }
  }

  private Result.Txn run(Command.Txn txn, Map<Command.Txn, Boolean> choices) {
    List<Result.OfOp> responses = new ArrayList<>();
    for (TxnOp op : branch(txn, choices)) {
      if (op instanceof Command.Put put) {
        responses.add(write(put));
      } else if (op instanceof RangeQuery query) {
        responses.add(range(query));
      } else if (op instanceof Command.DeleteRange deleteRange) {
        responses.add(remove(deleteRange));
      } else {
        responses.add(run((Command.Txn) op, choices));
      }
    }
    return new Result.Txn(current(), choices.get(txn), responses);
  }

  @Override
  public Result compact(Command.Compact compact) {
    if (compact.revision() <= compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (compact.revision() > revision) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    compactedRevision = compact.revision();
    return new Result.Compact(revision);
  }

  @Override
  public Result leaseGrant(Command.LeaseGrant grant) {
    auth.requireUser(principal);
    requireSpace();
    if (leases.containsKey(grant.id())) {
      throw new RequestException(ErrorCode.LEASE_EXISTS);
    }
    leases.put(grant.id(), new LeaseState(grant.ttlSeconds(), 0));
    return new Result.LeaseGrant(revision, grant.id(), grant.ttlSeconds());
  }

  @Override
  public Result leaseRevoke(Command.LeaseRevoke revoke) {
    requireTerm(revoke.term());
    if (revoke.term() == 0) {
      auth.requireUser(principal);
      auth.requireWrite(principal, keysOf(revoke.id()));
    }
    if (leases.remove(revoke.id()) == null) {
      throw new RequestException(ErrorCode.LEASE_NOT_FOUND);
    }
    keysOf(revoke.id()).forEach(key -> delete(KeyRange.single(key)));
    return new Result.LeaseRevoke(current());
  }

  /** The keys that hang on a lease, in order. */
  public List<Bytes> keysOf(long lease) {
    return now.values().stream().filter(kv -> kv.lease() == lease).map(KeyValue::key).toList();
  }

  @Override
  public Result leaseCheckpoint(Command.LeaseCheckpoint checkpoint) {
    requireTerm(checkpoint.term());
    for (Command.LeaseCheckpoint.Remaining remaining : checkpoint.leases()) {
      leases.computeIfPresent(
          remaining.id(),
          (id, lease) -> new LeaseState(lease.ttlSeconds(), remaining.remainingSeconds()));
    }
    return new Result.LeaseCheckpoint(revision);
  }

  @Override
  public Result alarmActivate(Command.AlarmActivate raise) {
    alarms.add(raise.alarm());
    return new Result.Alarms(revision, alarms());
  }

  @Override
  public Result alarmDeactivate(Command.AlarmDeactivate clear) {
    alarms.remove(clear.alarm());
    return new Result.Alarms(revision, alarms());
  }

  @Override
  public Result memberAdd(Command.MemberAdd add) {
    return new Result.Members(revision, members.add(add));
  }

  @Override
  public Result memberRemove(Command.MemberRemove remove) {
    return new Result.Members(revision, members.remove(remove));
  }

  @Override
  public Result memberPromote(Command.MemberPromote promote) {
    return new Result.Members(revision, members.promote(promote));
  }

  @Override
  public Result memberUpdate(Command.MemberUpdate update) {
    return new Result.Members(revision, members.update(update));
  }

  @Override
  public Result memberAttributes(Command.MemberAttributes attributes) {
    return new Result.Members(revision, members.setAttributes(attributes));
  }

  @Override
  public Result memberReset(Command.MemberReset alone) {
    return new Result.Members(revision, members.leaveAlone(alone));
  }

  @Override
  public Result downgradeChange(Command.DowngradeChange change) {
    downgrade = change.downgrade();
    return new Result.DowngradeChange(revision);
  }

  @Override
  public Result stamped(Command.Stamped stamped) {
    throw new AssertionError("a command is stamped once: " + stamped);
  }

  @Override
  public Result auth(AuthCommand command) {
    auth.apply(command, principal);
    return command instanceof AuthCommand.GrantToken
        ? new Result.TokenGrant(revision, index)
        : new Result.AuthChange(revision);
  }
}
