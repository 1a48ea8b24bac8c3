package io.kvorum.model;

import java.util.List;

/**
 * A change that is put in order by consensus and then applied on every member alike.
 *
 * <p>A command carries no time and no chance: what the clock or a random source decides is decided
 * before it is proposed. Dispatch with {@link Visitor}.
 */
public sealed interface Command {
  /** The term of a command that counts in any term. */
  long WHOEVER_LEADS = 0;

  /**
   * @param lease the lease to hang the key on; 0 detaches it
   * @param ignoreValue keep the current value; the key must exist
   * @param ignoreLease keep the current lease; the key must exist
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
  }

  record DeleteRange(KeyRange range, boolean wantsPrevKvs) implements Command, TxnOp {}

  record Txn(List<Compare> compares, List<TxnOp> success, List<TxnOp> failure)
      implements Command, TxnOp {
    public Txn {
      compares = List.copyOf(compares);
      success = List.copyOf(success);
      failure = List.copyOf(failure);
    }
  }

  record Compact(long revision) implements Command {}

  /**
   * @param id chosen by the proposer; never 0
   */
  record LeaseGrant(long id, long ttlSeconds) implements Command {}

  /**
   * @param term in which the leader decided that the lease has run out: rejected with NOT_LEADER in
   *     an entry of any other term, since the next leader may have renewed it; 0 if a client wants
   *     it revoked, whoever leads
   */
  record LeaseRevoke(long id, long term) implements Command {
    public LeaseRevoke(long id) {
      this(id, WHOEVER_LEADS);
    }
  }

  /**
   * Remembers how much of each lease is left, so that a new leader does not start it afresh.
   *
   * @param term as that of {@link LeaseRevoke}
   */
  record LeaseCheckpoint(List<Remaining> leases, long term) implements Command {
    public LeaseCheckpoint(List<Remaining> leases) {
      this(leases, WHOEVER_LEADS);
    }

    public LeaseCheckpoint {
      leases = List.copyOf(leases);
    }

    /** What is left of one lease. */
    public record Remaining(long id, long remainingSeconds) {}
  }

  record AlarmRaise(Alarm alarm) implements Command {}

  record AlarmClear(Alarm alarm) implements Command {}

  /** A change of who belongs to the cluster, or of what is known of a member. */
  sealed interface MemberChange extends Command {
    long memberId();
  }

  /**
   * @param maxLearners how many learners there may be with this one: a setting of the member that
   *     proposes it, and so a part of the command
   */
  record MemberAdd(ClusterMember member, int maxLearners) implements MemberChange {
    @Override
    public long memberId() {
      return member.id();
    }
  }

  record MemberRemove(long memberId) implements MemberChange {}

  /** Makes a learner vote. */
  record MemberPromote(long memberId) implements MemberChange {}

  record MemberUpdate(long memberId, List<String> peerUrls) implements MemberChange {
    public MemberUpdate {
      peerUrls = List.copyOf(peerUrls);
    }
  }

  /** What a member tells of itself when it starts. */
  record MemberAttributes(long memberId, String name, List<String> clientUrls)
      implements MemberChange {
    public MemberAttributes {
      clientUrls = List.copyOf(clientUrls);
    }
  }

  /**
   * Makes a member the only one, and a voter, whatever it was before, be it one that was removed;
   * all others are removed. What is left of a cluster that has lost its majority begins with it.
   *
   * @param member as it is to be from then on
   */
  record MemberReset(ClusterMember member) implements MemberChange {
    public MemberReset {
      if (member.isLearner()) {
        throw new IllegalArgumentException("a learner cannot be alone: " + member);
      }
    }

    @Override
    public long memberId() {
      return member.id();
    }
  }

  /** One method per kind of command, so that a new kind does not compile until it is handled. */
  interface Visitor<R> {
    R put(Put put);

    R deleteRange(DeleteRange deleteRange);

    R txn(Txn txn);

    R compact(Compact compact);

    R leaseGrant(LeaseGrant grant);

    R leaseRevoke(LeaseRevoke revoke);

    R leaseCheckpoint(LeaseCheckpoint checkpoint);

    R alarmRaise(AlarmRaise raise);

    R alarmClear(AlarmClear clear);

    R memberAdd(MemberAdd add);

    R memberRemove(MemberRemove remove);

    R memberPromote(MemberPromote promote);

    R memberUpdate(MemberUpdate update);

    R memberAttributes(MemberAttributes attributes);

    R memberReset(MemberReset alone);
  }

  default <R> R accept(Visitor<R> visitor) {
    if (this instanceof Put put) {
      return visitor.put(put);
    }
    if (this instanceof DeleteRange deleteRange) {
      return visitor.deleteRange(deleteRange);
    }
    if (this instanceof Txn txn) {
      return visitor.txn(txn);
    }
    if (this instanceof Compact compact) {
      return visitor.compact(compact);
    }
    if (this instanceof LeaseGrant grant) {
      return visitor.leaseGrant(grant);
    }
    if (this instanceof LeaseRevoke revoke) {
      return visitor.leaseRevoke(revoke);
    }
    if (this instanceof LeaseCheckpoint checkpoint) {
      return visitor.leaseCheckpoint(checkpoint);
    }
    if (this instanceof AlarmRaise raise) {
      return visitor.alarmRaise(raise);
    }
    if (this instanceof AlarmClear clear) {
      return visitor.alarmClear(clear);
    }
    return accept((MemberChange) this, visitor);
  }

  private static <R> R accept(MemberChange change, Visitor<R> visitor) {
    if (change instanceof MemberAdd add) {
      return visitor.memberAdd(add);
    }
    if (change instanceof MemberRemove remove) {
      return visitor.memberRemove(remove);
    }
    if (change instanceof MemberPromote promote) {
      return visitor.memberPromote(promote);
    }
    if (change instanceof MemberUpdate update) {
      return visitor.memberUpdate(update);
    }
    if (change instanceof MemberAttributes attributes) {
      return visitor.memberAttributes(attributes);
    }
    return visitor.memberReset((MemberReset) change);
  }
}
