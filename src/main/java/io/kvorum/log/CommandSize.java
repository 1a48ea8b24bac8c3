package io.kvorum.log;

import com.google.protobuf.CodedOutputStream;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import java.util.List;

/**
 * Estimates how many bytes a command adds to a batch, without encoding it: never too small for a
 * put, and never too small by much for anything else. Stateless.
 *
 * <p>Held by: ProtobufCommandCodecTest.
 */
final class CommandSize implements Command.Visitor<Integer>, TxnOp.Visitor<Integer> {
  /** Tags, lengths, lease and flags of a put that is not part of a transaction. */
  private static final int PUT_OVERHEAD = 40;

  /** Beside its bytes, any part of a command takes at most this much. */
  private static final int PART_OVERHEAD = 48;

  /** An id and a number. */
  private static final int CHECKPOINTED_LEASE = 24;

  private static final CommandSize INSTANCE = new CommandSize();

  private CommandSize() {}

  static int of(Command command) {
    // Before the dispatch: nearly every command is a put, and this saves it a boxed number.
    if (command instanceof Command.Put put) {
      return PUT_OVERHEAD + put.key().length() + put.value().length();
    }
    if (command instanceof Command.Stamped stamped) {
      return PART_OVERHEAD + sizeOf(stamped.principal().user()) + of(stamped.command());
    }
    return command.accept((Command.Visitor<Integer>) INSTANCE);
  }

  @Override
  public Integer put(Command.Put put) {
    return PART_OVERHEAD + put.key().length() + put.value().length();
  }

  @Override
  public Integer deleteRange(Command.DeleteRange deleteRange) {
    return PART_OVERHEAD + sizeOf(deleteRange.range());
  }

  @Override
  public Integer range(RangeQuery query) {
    return 2 * PART_OVERHEAD + sizeOf(query.range());
  }

  @Override
  public Integer txn(Command.Txn txn) {
    int size = PART_OVERHEAD;
    for (Compare compare : txn.compares()) {
      size += PART_OVERHEAD + sizeOf(compare.range()) + compare.value().length();
    }
    for (TxnOp operation : txn.success()) {
      size += sizeOf(operation);
    }
    for (TxnOp operation : txn.failure()) {
      size += sizeOf(operation);
    }
    return size;
  }

  @Override
  public Integer compact(Command.Compact compact) {
    return PART_OVERHEAD;
  }

  @Override
  public Integer leaseGrant(Command.LeaseGrant grant) {
    return PART_OVERHEAD;
  }

  @Override
  public Integer leaseRevoke(Command.LeaseRevoke revoke) {
    return PART_OVERHEAD;
  }

  @Override
  public Integer leaseCheckpoint(Command.LeaseCheckpoint checkpoint) {
    return PART_OVERHEAD + CHECKPOINTED_LEASE * checkpoint.leases().size();
  }

  @Override
  public Integer alarmActivate(Command.AlarmActivate activate) {
    return PART_OVERHEAD;
  }

  @Override
  public Integer alarmDeactivate(Command.AlarmDeactivate deactivate) {
    return PART_OVERHEAD;
  }

  @Override
  public Integer memberAdd(Command.MemberAdd add) {
    return PART_OVERHEAD + sizeOf(add.member());
  }

  @Override
  public Integer memberRemove(Command.MemberRemove remove) {
    return PART_OVERHEAD;
  }

  @Override
  public Integer memberPromote(Command.MemberPromote promote) {
    return PART_OVERHEAD;
  }

  @Override
  public Integer memberUpdate(Command.MemberUpdate update) {
    return PART_OVERHEAD + sizeOf(update.peerUrls());
  }

  @Override
  public Integer memberAttributes(Command.MemberAttributes attributes) {
    return PART_OVERHEAD + sizeOf(attributes.name()) + sizeOf(attributes.clientUrls());
  }

  @Override
  public Integer memberReset(Command.MemberReset reset) {
    return PART_OVERHEAD + sizeOf(reset.member());
  }

  @Override
  public Integer downgradeChange(Command.DowngradeChange change) {
    return PART_OVERHEAD + 3 * change.downgrade().target().length();
  }

  @Override
  public Integer stamped(Command.Stamped stamped) {
    return of(stamped);
  }

  @Override
  public Integer auth(AuthCommand command) {
    return PART_OVERHEAD + AuthEncoder.message(command).getSerializedSize();
  }

  private static int sizeOf(TxnOp operation) {
    return operation.accept((TxnOp.Visitor<Integer>) INSTANCE);
  }

  private static int sizeOf(KeyRange range) {
    Bytes to = range.to();
    return range.from().length() + (to == null ? 0 : to.length());
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
    return CodedOutputStream.computeStringSizeNoTag(text);
  }
}
