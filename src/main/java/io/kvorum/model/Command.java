package io.kvorum.model;

import java.util.List;

/**
 * A change that consensus puts in order and that every member then applies, with the same outcome.
 *
 * <p>A command contains nothing that depends on a clock or on randomness: such values are fixed
 * before it is proposed. Immutable. Dispatch with {@link Visitor}.
 */
public sealed interface Command
    permits Command.Put,
        Command.DeleteRange,
        Command.Txn,
        Command.Compact,
        Command.LeaseGrant,
        Command.LeaseRevoke,
        Command.LeaseCheckpoint,
        Command.AlarmActivate,
        Command.AlarmDeactivate,
        Command.MemberChange,
        Command.DowngradeChange,
        Command.Stamped,
        AuthCommand {
  /** Stands for the term of a command that takes effect in any term. */
  long ANY_TERM = 0;

  /** The largest command, encoded, that a member can forward to the leader: one message has it. */
  int MAX_ENCODED_BYTES = 60 << 20;

  /**
   * Writes one key.
   *
   * @param lease the lease to attach the key to; 0 detaches it
   * @param ignoreValue keeps the current value; the key must exist
   * @param ignoreLease keeps the current lease; the key must exist
   */
  record Put(
      Bytes key,
      Bytes value,
      long lease,
      boolean wantsPrevKv,
      boolean ignoreValue,
      boolean ignoreLease)
      implements Command, TxnOp {
    public static Put of(Bytes key, Bytes value) {
      return new Put(key, value, 0, false, false, false);
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.put(this);
    }

    @Override
    public <R> R accept(TxnOp.Visitor<R> visitor) {
      return visitor.put(this);
    }
  }

  record DeleteRange(KeyRange range, boolean wantsPrevKvs) implements Command, TxnOp {
    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.deleteRange(this);
    }

    @Override
    public <R> R accept(TxnOp.Visitor<R> visitor) {
      return visitor.deleteRange(this);
    }
  }

  record Txn(List<Compare> compares, List<TxnOp> success, List<TxnOp> failure)
      implements Command, TxnOp {
    public Txn {
      compares = List.copyOf(compares);
      success = List.copyOf(success);
      failure = List.copyOf(failure);
    }

    @Override
    public <R> R accept(Command.Visitor<R> visitor) {
      return visitor.txn(this);
    }

    @Override
    public <R> R accept(TxnOp.Visitor<R> visitor) {
      return visitor.txn(this);
    }
  }

  record Compact(long revision) implements Command {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.compact(this);
    }
  }

  /**
   * Creates a lease.
   *
   * @param id chosen by the proposer; never 0
   */
  record LeaseGrant(long id, long ttlSeconds) implements Command {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.leaseGrant(this);
    }
  }

  /**
   * Ends a lease and deletes its keys.
   *
   * @param term the term in which the leader found the lease expired: rejected with NOT_LEADER in
   *     an entry of any other term, since the next leader may have renewed it; {@link #ANY_TERM} if
   *     a client revokes it
   */
  record LeaseRevoke(long id, long term) implements Command {
    public LeaseRevoke(long id) {
      this(id, ANY_TERM);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.leaseRevoke(this);
    }
  }

  /**
   * Records how much of each lease is left, so that a new leader does not start it afresh.
   *
   * @param term as that of {@link LeaseRevoke}
   */
  record LeaseCheckpoint(List<Remaining> leases, long term) implements Command {
    public LeaseCheckpoint(List<Remaining> leases) {
      this(leases, ANY_TERM);
    }

    public LeaseCheckpoint {
      leases = List.copyOf(leases);
    }

    /** What is left of one lease. */
    public record Remaining(long id, long remainingSeconds) {}

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.leaseCheckpoint(this);
    }
  }

  record AlarmActivate(Alarm alarm) implements Command {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.alarmActivate(this);
    }
  }

  record AlarmDeactivate(Alarm alarm) implements Command {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.alarmDeactivate(this);
    }
  }

  /** A change of the set of members, or of what is known of one of them. */
  sealed interface MemberChange extends Command {
    long memberId();
  }

  /**
   * Adds a member.
   *
   * @param maxLearners the most learners, with this one: a setting of the proposing member, and so
   *     part of the command
   */
  record MemberAdd(ClusterMember member, int maxLearners) implements MemberChange {
    @Override
    public long memberId() {
      return member.id();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.memberAdd(this);
    }
  }

  record MemberRemove(long memberId) implements MemberChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.memberRemove(this);
    }
  }

  /** Turns a learner into a voter. */
  record MemberPromote(long memberId) implements MemberChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.memberPromote(this);
    }
  }

  /** Replaces the peer URLs of a member. */
  record MemberUpdate(long memberId, List<String> peerUrls) implements MemberChange {
    public MemberUpdate {
      peerUrls = List.copyOf(peerUrls);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.memberUpdate(this);
    }
  }

  /** Publishes the name and client URLs with which a member starts. */
  record MemberAttributes(long memberId, String name, List<String> clientUrls)
      implements MemberChange {
    public MemberAttributes {
      clientUrls = List.copyOf(clientUrls);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.memberAttributes(this);
    }
  }

  /**
   * Removes all members but one, and makes that one a voter even if it was a learner or had been
   * removed: how the survivor of {@code --force-new-cluster} begins.
   *
   * @param member its state from then on
   */
  record MemberReset(ClusterMember member) implements MemberChange {
    public MemberReset {
      if (member.isLearner()) {
        throw new IllegalArgumentException("a learner cannot be the only member: " + member);
      }
    }

    @Override
    public long memberId() {
      return member.id();
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.memberReset(this);
    }
  }

  /** Begins a downgrade of the cluster, or ends it. */
  record DowngradeChange(Downgrade downgrade) implements Command {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.downgradeChange(this);
    }
  }

  /**
   * Names on whose behalf a command was proposed. A command without it was proposed for nobody, or
   * while auth was off.
   */
  record Stamped(Principal principal, Command command) implements Command {
    public Stamped {
      if (command instanceof Stamped) {
        throw new IllegalArgumentException("a command is stamped once: " + command);
      }
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.stamped(this);
    }
  }

  /**
   * Handles each kind of command: with an abstract {@link #accept} and a method here for each kind,
   * a new one does not compile until every visitor handles it.
   */
  interface Visitor<R> {
    R put(Put put);

    R deleteRange(DeleteRange deleteRange);

    R txn(Txn txn);

    R compact(Compact compact);

    R leaseGrant(LeaseGrant grant);

    R leaseRevoke(LeaseRevoke revoke);

    R leaseCheckpoint(LeaseCheckpoint checkpoint);

    R alarmActivate(AlarmActivate activate);

    R alarmDeactivate(AlarmDeactivate deactivate);

    R memberAdd(MemberAdd add);

    R memberRemove(MemberRemove remove);

    R memberPromote(MemberPromote promote);

    R memberUpdate(MemberUpdate update);

    R memberAttributes(MemberAttributes attributes);

    R memberReset(MemberReset reset);

    R downgradeChange(DowngradeChange change);

    R stamped(Stamped stamped);

    R auth(AuthCommand command);
  }

  /** Calls the visitor's method for this kind of command. */
  <R> R accept(Visitor<R> visitor);
}
