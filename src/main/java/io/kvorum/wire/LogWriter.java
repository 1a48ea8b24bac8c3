package io.kvorum.wire;

import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import io.kvorum.proto.log.Operation;
import io.kvorum.proto.log.Range;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Puts commands into the messages of {@code kvorum/log.proto}. Stateless. */
final class LogWriter implements Command.Visitor<io.kvorum.proto.log.Command.Builder> {
  /** What any part of a command takes beside its bytes, at most. */
  private static final int PART_OVERHEAD = 48;

  private static final LogWriter INSTANCE = new LogWriter();

  private LogWriter() {}

  static io.kvorum.proto.log.Command message(Command command) {
    return command.accept(INSTANCE).build();
  }

  /** An estimate, never too small by much. */
  static int sizeOf(Command command) {
    if (command instanceof Command.Txn txn) {
      return sizeOf((TxnOp) txn);
    }
    if (command instanceof Command.DeleteRange deleteRange) {
      return PART_OVERHEAD + sizeOf(deleteRange.range());
    }
    if (command instanceof Command.LeaseCheckpoint checkpoint) {
      return PART_OVERHEAD + 24 * checkpoint.leases().size();
    }
    return PART_OVERHEAD + (command instanceof Command.MemberChange change ? sizeOf(change) : 0);
  }

  /** What a change of members has of texts; they are few and short. */
  private static int sizeOf(Command.MemberChange change) {
    if (change instanceof Command.MemberAdd add) {
      return sizeOf(add.member());
    }
    if (change instanceof Command.MemberReset alone) {
      return sizeOf(alone.member());
    }
    if (change instanceof Command.MemberUpdate update) {
      return sizeOf(update.peerUrls());
    }
    if (change instanceof Command.MemberAttributes attributes) {
      return sizeOf(attributes.name()) + sizeOf(attributes.clientUrls());
    }
    return 0;
  }

  private static int sizeOf(ClusterMember member) {
    return sizeOf(member.name()) + sizeOf(member.peerUrls()) + sizeOf(member.clientUrls());
  }

  private static int sizeOf(List<String> texts) {
    int size = 0;
    for (String text : texts) {
      size += 4 + sizeOf(text);
    }
    return size;
  }

  private static int sizeOf(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static int sizeOf(TxnOp operation) {
    if (operation instanceof Command.Put put) {
      return PART_OVERHEAD + put.key().length() + put.value().length();
    }
    if (operation instanceof Command.DeleteRange deleteRange) {
      return PART_OVERHEAD + sizeOf(deleteRange.range());
    }
    if (operation instanceof RangeQuery query) {
      return 2 * PART_OVERHEAD + sizeOf(query.range());
    }
    Command.Txn txn = (Command.Txn) operation;
    int size = PART_OVERHEAD;
    for (Compare compare : txn.compares()) {
      size += PART_OVERHEAD + sizeOf(compare.range()) + compare.value().length();
    }
    for (TxnOp inner : txn.success()) {
      size += sizeOf(inner);
    }
    for (TxnOp inner : txn.failure()) {
      size += sizeOf(inner);
    }
    return size;
  }

  private static int sizeOf(KeyRange range) {
    Bytes to = range.to();
    return range.from().length() + (to == null ? 0 : to.length());
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
  public io.kvorum.proto.log.Command.Builder alarmRaise(Command.AlarmRaise raise) {
    return command().setAlarmRaise(alarmMessage(raise.alarm()));
  }

  @Override
  public io.kvorum.proto.log.Command.Builder alarmClear(Command.AlarmClear clear) {
    return command().setAlarmClear(alarmMessage(clear.alarm()));
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
  public io.kvorum.proto.log.Command.Builder memberReset(Command.MemberReset alone) {
    return command()
        .setMemberReset(
            io.kvorum.proto.log.MemberReset.newBuilder().setMember(memberMessage(alone.member())));
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
      message.addSuccess(operationMessage(operation));
    }
    for (TxnOp operation : txn.failure()) {
      message.addFailure(operationMessage(operation));
    }
    return message.build();
  }

  private static Operation operationMessage(TxnOp operation) {
    Operation.Builder message = Operation.newBuilder();
    if (operation instanceof Command.Put put) {
      message.setPut(putMessage(put));
    } else if (operation instanceof RangeQuery query) {
      message.setRange(queryMessage(query));
    } else if (operation instanceof Command.DeleteRange deleteRange) {
      message.setDeleteRange(deleteRangeMessage(deleteRange));
    } else {
      message.setTxn(txnMessage((Command.Txn) operation));
    }
    return message.build();
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
