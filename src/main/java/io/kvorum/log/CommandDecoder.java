package io.kvorum.log;

import io.kvorum.model.Alarm;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.Downgrade;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Principal;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import io.kvorum.proto.log.Operation;
import io.kvorum.proto.log.Range;
import io.kvorum.support.ByteStrings;
import java.util.ArrayList;
import java.util.List;

/**
 * Translates the messages of {@code kvorum/log.proto} into commands. Stateless.
 *
 * <p>The numbers of the schema's enums are the ordinals of the model's; a test pins both.
 *
 * <p>Held by: ProtobufCommandCodecTest.
 */
final class CommandDecoder {
  private CommandDecoder() {}

  /**
   * @throws IllegalArgumentException for a kind of command or a number that is not known here
   */
  static Command command(io.kvorum.proto.log.Command message) {
    return switch (message.getKindCase()) {
      case PUT -> put(message.getPut());
      case DELETE_RANGE -> deleteRange(message.getDeleteRange());
      case TXN -> txn(message.getTxn());
      case COMPACT -> new Command.Compact(message.getCompact().getRevision());
      case LEASE_GRANT ->
          new Command.LeaseGrant(
              message.getLeaseGrant().getId(), message.getLeaseGrant().getTtlSeconds());
      case LEASE_REVOKE ->
          new Command.LeaseRevoke(
              message.getLeaseRevoke().getId(), message.getLeaseRevoke().getTerm());
      case LEASE_CHECKPOINT -> checkpoint(message.getLeaseCheckpoint());
      case ALARM_RAISE -> new Command.AlarmActivate(alarm(message.getAlarmRaise()));
      case ALARM_CLEAR -> new Command.AlarmDeactivate(alarm(message.getAlarmClear()));
      case MEMBER_ADD ->
          new Command.MemberAdd(
              member(message.getMemberAdd().getMember()), message.getMemberAdd().getMaxLearners());
      case MEMBER_REMOVE -> new Command.MemberRemove(message.getMemberRemove().getId());
      case MEMBER_PROMOTE -> new Command.MemberPromote(message.getMemberPromote().getId());
      case MEMBER_UPDATE ->
          new Command.MemberUpdate(
              message.getMemberUpdate().getId(), message.getMemberUpdate().getPeerUrlList());
      case MEMBER_ATTRIBUTES -> attributes(message.getMemberAttributes());
      case MEMBER_RESET -> new Command.MemberReset(member(message.getMemberReset().getMember()));
      case DOWNGRADE ->
          new Command.DowngradeChange(new Downgrade(message.getDowngrade().getTarget()));
      case STAMPED -> stamped(message.getStamped());
      case AUTH -> AuthDecoder.command(message.getAuth());
      case KIND_NOT_SET -> throw new IllegalArgumentException("a command of an unknown kind");
    };
  }

  private static Command.Stamped stamped(io.kvorum.proto.log.Stamped message) {
    return new Command.Stamped(
        new Principal(message.getUser(), message.getAuthRevision()), command(message.getCommand()));
  }

  private static Command.Put put(io.kvorum.proto.log.Put message) {
    return new Command.Put(
        ByteStrings.bytes(message.getKey()),
        ByteStrings.bytes(message.getValue()),
        message.getLease(),
        message.getWantsPrevKv(),
        message.getIgnoreValue(),
        message.getIgnoreLease());
  }

  private static Command.DeleteRange deleteRange(io.kvorum.proto.log.DeleteRange message) {
    return new Command.DeleteRange(range(message.getRange()), message.getWantsPrevKvs());
  }

  private static Command.Txn txn(io.kvorum.proto.log.Txn message) {
    List<Compare> compares = new ArrayList<>(message.getCompareCount());
    for (io.kvorum.proto.log.Compare compare : message.getCompareList()) {
      compares.add(
          new Compare(
              range(compare.getRange()),
              constant(Compare.Target.values(), compare.getTargetValue()),
              constant(Compare.Operator.values(), compare.getOperatorValue()),
              compare.getNumber(),
              ByteStrings.bytes(compare.getValue())));
    }
    return new Command.Txn(
        compares, operations(message.getSuccessList()), operations(message.getFailureList()));
  }

  private static List<TxnOp> operations(List<Operation> messages) {
    List<TxnOp> operations = new ArrayList<>(messages.size());
    for (Operation message : messages) {
      operations.add(
          switch (message.getKindCase()) {
            case RANGE -> query(message.getRange());
            case PUT -> put(message.getPut());
            case DELETE_RANGE -> deleteRange(message.getDeleteRange());
            case TXN -> txn(message.getTxn());
            case KIND_NOT_SET ->
                throw new IllegalArgumentException("an operation of an unknown kind");
          });
    }
    return operations;
  }

  private static RangeQuery query(Range message) {
    return new RangeQuery(
        range(message.getRange()),
        message.getRevision(),
        message.getLimit(),
        constant(RangeQuery.SortTarget.values(), message.getSortTargetValue()),
        constant(RangeQuery.SortOrder.values(), message.getSortOrderValue()),
        new RangeQuery.RevisionBounds(
            message.getMinModRevision(),
            message.getMaxModRevision(),
            message.getMinCreateRevision(),
            message.getMaxCreateRevision()),
        constant(RangeQuery.Projection.values(), message.getProjectionValue()));
  }

  private static Command.LeaseCheckpoint checkpoint(io.kvorum.proto.log.LeaseCheckpoint message) {
    List<Command.LeaseCheckpoint.Remaining> leases = new ArrayList<>(message.getLeaseCount());
    for (io.kvorum.proto.log.LeaseCheckpoint.Remaining lease : message.getLeaseList()) {
      leases.add(new Command.LeaseCheckpoint.Remaining(lease.getId(), lease.getRemainingSeconds()));
    }
    return new Command.LeaseCheckpoint(leases, message.getTerm());
  }

  private static ClusterMember member(io.kvorum.proto.log.Member message) {
    return new ClusterMember(
        message.getId(),
        message.getName(),
        message.getPeerUrlList(),
        message.getClientUrlList(),
        message.getIsLearner());
  }

  private static Command.MemberAttributes attributes(io.kvorum.proto.log.MemberAttributes message) {
    return new Command.MemberAttributes(
        message.getId(), message.getName(), message.getClientUrlList());
  }

  private static Alarm alarm(io.kvorum.proto.log.Alarm message) {
    return new Alarm(message.getMemberId(), constant(Alarm.Kind.values(), message.getKindValue()));
  }

  private static KeyRange range(io.kvorum.proto.log.KeyRange message) {
    return new KeyRange(
        ByteStrings.bytes(message.getFrom()),
        message.hasTo() ? ByteStrings.bytes(message.getTo()) : null);
  }

  private static <E extends Enum<E>> E constant(E[] constants, int number) {
    if (number < 0 || number >= constants.length) {
      throw new IllegalArgumentException(
          "an unknown " + constants[0].getDeclaringClass().getSimpleName() + ": " + number);
    }
    return constants[number];
  }
}
