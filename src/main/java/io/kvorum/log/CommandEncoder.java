package io.kvorum.log;

import io.kvorum.model.Alarm;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import io.kvorum.proto.log.Operation;
import io.kvorum.proto.log.Range;
import io.kvorum.support.ByteStrings;

/**
 * Translates commands into the messages of {@code kvorum/log.proto}; {@link CommandDecoder} is the
 * other direction. Stateless.
 *
 * <p>Held by: ProtobufCommandCodecTest.
 */
final class CommandEncoder implements Command.Visitor<io.kvorum.proto.log.Command.Builder> {
  private static final CommandEncoder INSTANCE = new CommandEncoder();
  private static final OperationEncoder OPERATIONS = new OperationEncoder();

  private CommandEncoder() {}

  static io.kvorum.proto.log.Command message(Command command) {
    return command.accept(INSTANCE).build();
  }

  @Override
  public io.kvorum.proto.log.Command.Builder put(Command.Put put) {
    return command().setPut(putMessage(put));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder deleteRange(Command.DeleteRange deleteRange) {
    return command().setDeleteRange(deleteRangeMessage(deleteRange));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder txn(Command.Txn txn) {
    return command().setTxn(txnMessage(txn));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder compact(Command.Compact compact) {
    return command()
        .setCompact(io.kvorum.proto.log.Compact.newBuilder().setRevision(compact.revision()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder leaseGrant(Command.LeaseGrant grant) {
    return command()
        .setLeaseGrant(
            io.kvorum.proto.log.LeaseGrant.newBuilder()
                .setId(grant.id())
                .setTtlSeconds(grant.ttlSeconds()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder leaseRevoke(Command.LeaseRevoke revoke) {
    return command()
        .setLeaseRevoke(
            io.kvorum.proto.log.LeaseRevoke.newBuilder().setId(revoke.id()).setTerm(revoke.term()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder leaseCheckpoint(Command.LeaseCheckpoint checkpoint) {
    io.kvorum.proto.log.LeaseCheckpoint.Builder message =
        io.kvorum.proto.log.LeaseCheckpoint.newBuilder().setTerm(checkpoint.term());
    for (Command.LeaseCheckpoint.Remaining lease : checkpoint.leases()) {
      message.addLease(
          io.kvorum.proto.log.LeaseCheckpoint.Remaining.newBuilder()
              .setId(lease.id())
              .setRemainingSeconds(lease.remainingSeconds()));
    }
    return command().setLeaseCheckpoint(message);
  }

  @Override
  public io.kvorum.proto.log.Command.Builder alarmActivate(Command.AlarmActivate activate) {
    return command().setAlarmRaise(alarmMessage(activate.alarm()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder alarmDeactivate(Command.AlarmDeactivate deactivate) {
    return command().setAlarmClear(alarmMessage(deactivate.alarm()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder memberAdd(Command.MemberAdd add) {
    return command()
        .setMemberAdd(
            io.kvorum.proto.log.MemberAdd.newBuilder()
                .setMember(memberMessage(add.member()))
                .setMaxLearners(add.maxLearners()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder memberRemove(Command.MemberRemove remove) {
    return command()
        .setMemberRemove(io.kvorum.proto.log.MemberRemove.newBuilder().setId(remove.memberId()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder memberPromote(Command.MemberPromote promote) {
    return command()
        .setMemberPromote(io.kvorum.proto.log.MemberPromote.newBuilder().setId(promote.memberId()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder memberUpdate(Command.MemberUpdate update) {
    return command()
        .setMemberUpdate(
            io.kvorum.proto.log.MemberUpdate.newBuilder()
                .setId(update.memberId())
                .addAllPeerUrl(update.peerUrls()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder memberAttributes(Command.MemberAttributes attributes) {
    return command()
        .setMemberAttributes(
            io.kvorum.proto.log.MemberAttributes.newBuilder()
                .setId(attributes.memberId())
                .setName(attributes.name())
                .addAllClientUrl(attributes.clientUrls()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder memberReset(Command.MemberReset reset) {
    return command()
        .setMemberReset(
            io.kvorum.proto.log.MemberReset.newBuilder().setMember(memberMessage(reset.member())));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder downgradeChange(Command.DowngradeChange change) {
    return command()
        .setDowngrade(
            io.kvorum.proto.log.Downgrade.newBuilder().setTarget(change.downgrade().target()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder stamped(Command.Stamped stamped) {
    return command()
        .setStamped(
            io.kvorum.proto.log.Stamped.newBuilder()
                .setUser(stamped.principal().user())
                .setAuthRevision(stamped.principal().authRevision())
                .setCommand(stamped.command().accept(this)));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder auth(AuthCommand command) {
    return command().setAuth(AuthEncoder.message(command));
  }

  private static io.kvorum.proto.log.Command.Builder command() {
    return io.kvorum.proto.log.Command.newBuilder();
  }

  private static io.kvorum.proto.log.Put putMessage(Command.Put put) {
    return io.kvorum.proto.log.Put.newBuilder()
        .setKey(ByteStrings.string(put.key()))
        .setValue(ByteStrings.string(put.value()))
        .setLease(put.lease())
        .setWantsPrevKv(put.wantsPrevKv())
        .setIgnoreValue(put.ignoreValue())
        .setIgnoreLease(put.ignoreLease())
        .build();
  }

  private static io.kvorum.proto.log.DeleteRange deleteRangeMessage(
      Command.DeleteRange deleteRange) {
    return io.kvorum.proto.log.DeleteRange.newBuilder()
        .setRange(rangeMessage(deleteRange.range()))
        .setWantsPrevKvs(deleteRange.wantsPrevKvs())
        .build();
  }

  private static io.kvorum.proto.log.Txn txnMessage(Command.Txn txn) {
    io.kvorum.proto.log.Txn.Builder message = io.kvorum.proto.log.Txn.newBuilder();
    for (Compare compare : txn.compares()) {
      message.addCompare(
          io.kvorum.proto.log.Compare.newBuilder()
              .setRange(rangeMessage(compare.range()))
              .setTargetValue(compare.target().ordinal())
              .setOperatorValue(compare.operator().ordinal())
              .setNumber(compare.number())
              .setValue(ByteStrings.string(compare.value())));
    }
    for (TxnOp operation : txn.success()) {
      message.addSuccess(operation.accept(OPERATIONS));
    }
    for (TxnOp operation : txn.failure()) {
      message.addFailure(operation.accept(OPERATIONS));
    }
    return message.build();
  }

  /** Translates the operations of a transaction. */
  private static final class OperationEncoder implements TxnOp.Visitor<Operation.Builder> {
    @Override
    public Operation.Builder range(RangeQuery query) {
      return Operation.newBuilder().setRange(queryMessage(query));
    }

    @Override
    public Operation.Builder put(Command.Put put) {
      return Operation.newBuilder().setPut(putMessage(put));
    }

    @Override
    public Operation.Builder deleteRange(Command.DeleteRange deleteRange) {
      return Operation.newBuilder().setDeleteRange(deleteRangeMessage(deleteRange));
    }

    @Override
    public Operation.Builder txn(Command.Txn txn) {
      return Operation.newBuilder().setTxn(txnMessage(txn));
    }
  }

  private static Range queryMessage(RangeQuery query) {
    return Range.newBuilder()
        .setRange(rangeMessage(query.range()))
        .setRevision(query.revision())
        .setLimit(query.limit())
        .setSortTargetValue(query.sortTarget().ordinal())
        .setSortOrderValue(query.sortOrder().ordinal())
        .setMinModRevision(query.bounds().minMod())
        .setMaxModRevision(query.bounds().maxMod())
        .setMinCreateRevision(query.bounds().minCreate())
        .setMaxCreateRevision(query.bounds().maxCreate())
        .setProjectionValue(query.projection().ordinal())
        .build();
  }

  private static io.kvorum.proto.log.KeyRange rangeMessage(KeyRange range) {
    io.kvorum.proto.log.KeyRange.Builder message =
        io.kvorum.proto.log.KeyRange.newBuilder().setFrom(ByteStrings.string(range.from()));
    Bytes to = range.to();
    if (to != null) {
      message.setTo(ByteStrings.string(to));
    }
    return message.build();
  }

  private static io.kvorum.proto.log.Member memberMessage(ClusterMember member) {
    return io.kvorum.proto.log.Member.newBuilder()
        .setId(member.id())
        .setName(member.name())
        .addAllPeerUrl(member.peerUrls())
        .addAllClientUrl(member.clientUrls())
        .setIsLearner(member.isLearner())
        .build();
  }

  private static io.kvorum.proto.log.Alarm alarmMessage(Alarm alarm) {
    return io.kvorum.proto.log.Alarm.newBuilder()
        .setMemberId(alarm.memberId())
        .setKindValue(alarm.kind().ordinal())
        .build();
  }
}
