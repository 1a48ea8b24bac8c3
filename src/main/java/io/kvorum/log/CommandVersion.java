package io.kvorum.log;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Command;

/**
 * Determines the lowest batch version that can represent a command. Earlier programs refuse a
 * version that they do not know, since members that skipped a part of a command would no longer
 * agree. Stateless.
 *
 * <p>What a new version brings, even a single field, is listed in {@code log.proto}, and gives its
 * commands that version here.
 *
 * <p>Held by: ProtobufCommandCodecTest.
 */
final class CommandVersion implements Command.Visitor<Integer> {
  static final int FIRST = 1;

  /** Brought the commands about members. */
  private static final int MEMBERS = 2;

  /** Brought the terms of commands about leases. */
  private static final int TERMS = 3;

  /** Brought the reset of the members to one. */
  private static final int RESET = 4;

  /** Brought the downgrade of the cluster. */
  private static final int DOWNGRADE = 5;

  /** Brought auth. */
  private static final int AUTH = 6;

  static final int LAST = AUTH;

  private static final CommandVersion INSTANCE = new CommandVersion();

  private CommandVersion() {}

  static int of(Command command) {
    return command.accept(INSTANCE);
  }

  @Override
  public Integer put(Command.Put put) {
    return FIRST;
  }

  @Override
  public Integer deleteRange(Command.DeleteRange deleteRange) {
    return FIRST;
  }

  @Override
  public Integer txn(Command.Txn txn) {
    return FIRST;
  }

  @Override
  public Integer compact(Command.Compact compact) {
    return FIRST;
  }

  @Override
  public Integer leaseGrant(Command.LeaseGrant grant) {
    return FIRST;
  }

  @Override
  public Integer leaseRevoke(Command.LeaseRevoke revoke) {
    return revoke.term() == Command.ANY_TERM ? FIRST : TERMS;
  }

  @Override
  public Integer leaseCheckpoint(Command.LeaseCheckpoint checkpoint) {
    return checkpoint.term() == Command.ANY_TERM ? FIRST : TERMS;
  }

  @Override
  public Integer alarmActivate(Command.AlarmActivate activate) {
    return FIRST;
  }

  @Override
  public Integer alarmDeactivate(Command.AlarmDeactivate deactivate) {
    return FIRST;
  }

  @Override
  public Integer memberAdd(Command.MemberAdd add) {
    return MEMBERS;
  }

  @Override
  public Integer memberRemove(Command.MemberRemove remove) {
    return MEMBERS;
  }

  @Override
  public Integer memberPromote(Command.MemberPromote promote) {
    return MEMBERS;
  }

  @Override
  public Integer memberUpdate(Command.MemberUpdate update) {
    return MEMBERS;
  }

  @Override
  public Integer memberAttributes(Command.MemberAttributes attributes) {
    return MEMBERS;
  }

  @Override
  public Integer memberReset(Command.MemberReset reset) {
    return RESET;
  }

  @Override
  public Integer downgradeChange(Command.DowngradeChange change) {
    return DOWNGRADE;
  }

  @Override
  public Integer stamped(Command.Stamped stamped) {
    return AUTH;
  }

  @Override
  public Integer auth(AuthCommand command) {
    return AUTH;
  }
}
