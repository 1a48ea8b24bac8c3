package io.kvorum.log;

import io.kvorum.model.Alarm;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.Downgrade;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/** Commands of every kind with contents of every kind, from one seed. */
final class RandomCommands {
  private final Random random;

  RandomCommands(long seed) {
    this.random = new Random(seed);
  }

  List<Command> batch() {
    return list(40, i -> command());
  }

  Command command() {
    return switch (random.nextInt(19)) {
      case 0 -> put();
      case 1 -> deleteRange();
      case 2 -> txn(3);
      case 3 -> new Command.Compact(number());
      case 4 -> new Command.LeaseGrant(number(), number());
      case 5 -> new Command.LeaseRevoke(number(), number());
      case 6 ->
          new Command.LeaseCheckpoint(
              list(5, i -> new Command.LeaseCheckpoint.Remaining(number(), number())), number());
      case 7 -> new Command.AlarmActivate(alarm());
      case 8 -> new Command.AlarmDeactivate(alarm());
      case 9 -> new Command.DowngradeChange(new Downgrade(text()));
      case 10, 11 -> auth();
      case 12, 13 -> new Command.Stamped(new Principal(text(), number()), unstamped());
      default -> memberChange();
    };
  }

  private Command unstamped() {
    Command command;
    do {
      command = command();
    } while (command instanceof Command.Stamped);
    return command;
  }

  private AuthCommand auth() {
    return switch (random.nextInt(12)) {
      case 0 -> new AuthCommand.Enable();
      case 1 -> new AuthCommand.Disable();
      case 2 -> new AuthCommand.GrantToken(text(), number(), bytes(100));
      case 3 -> new AuthCommand.AddUser(text(), bytes(100), random.nextBoolean());
      case 4 -> new AuthCommand.DeleteUser(text());
      case 5 -> new AuthCommand.ChangePassword(text(), bytes(100));
      case 6 -> new AuthCommand.GrantRole(text(), text());
      case 7 -> new AuthCommand.RevokeRole(text(), text());
      case 8 -> new AuthCommand.AddRole(text());
      case 9 -> new AuthCommand.DeleteRole(text());
      case 10 ->
          new AuthCommand.GrantPermission(
              text(),
              random.nextBoolean() ? null : new Permission(random.nextInt(9), bytes(9), bytes(9)));
      default -> new AuthCommand.RevokePermission(text(), bytes(100), bytes(100));
    };
  }

  Command.MemberChange memberChange() {
    return switch (random.nextInt(6)) {
      case 0 ->
          new Command.MemberAdd(
              new ClusterMember(number(), text(), texts(), texts(), random.nextBoolean()),
              random.nextInt(9));
      case 1 -> new Command.MemberRemove(number());
      case 2 -> new Command.MemberPromote(number());
      case 3 -> new Command.MemberUpdate(number(), texts());
      case 4 ->
          new Command.MemberReset(new ClusterMember(number(), text(), texts(), texts(), false));
      default -> new Command.MemberAttributes(number(), text(), texts());
    };
  }

  private List<String> texts() {
    return list(4, i -> text());
  }

  /** Of any letters, so that some take several bytes. */
  private String text() {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(30); left > 0; left--) {
      text.appendCodePoint(random.nextInt(5) == 0 ? 0x20ac + random.nextInt(500) : 32 + left);
    }
    return text.toString();
  }

  Command.Put put() {
    return new Command.Put(
        bytes(300),
        bytes(5000),
        number(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean());
  }

  private Command.DeleteRange deleteRange() {
    return new Command.DeleteRange(range(), random.nextBoolean());
  }

  Command.Txn txn(int depth) {
    return new Command.Txn(
        list(4, i -> compare()),
        list(4, i -> operation(depth - 1)),
        list(4, i -> operation(depth - 1)));
  }

  private TxnOp operation(int depth) {
    return switch (random.nextInt(depth > 0 ? 4 : 3)) {
      case 0 -> put();
      case 1 -> deleteRange();
      case 2 -> query();
      default -> txn(depth);
    };
  }

  private RangeQuery query() {
    return new RangeQuery(
        range(),
        number(),
        number(),
        anyOf(RangeQuery.SortTarget.values()),
        anyOf(RangeQuery.SortOrder.values()),
        new RangeQuery.RevisionBounds(number(), number(), number(), number()),
        anyOf(RangeQuery.Projection.values()));
  }

  private Compare compare() {
    return new Compare(
        range(),
        anyOf(Compare.Target.values()),
        anyOf(Compare.Operator.values()),
        number(),
        bytes(20));
  }

  private KeyRange range() {
    Bytes from = bytes(20);
    return switch (random.nextInt(3)) {
      case 0 -> KeyRange.single(from);
      case 1 -> new KeyRange(from, Bytes.EMPTY);
      default -> new KeyRange(from, bytes(20));
    };
  }

  private Alarm alarm() {
    return new Alarm(random.nextLong(), anyOf(Alarm.Kind.values()));
  }

  private long number() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextInt(1000);
      case 2 -> random.nextLong();
      default -> random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE;
    };
  }

  private Bytes bytes(int most) {
    byte[] array = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(most + 1)];
    random.nextBytes(array);
    return Bytes.wrap(array);
  }

  private <E> E anyOf(E[] constants) {
    return constants[random.nextInt(constants.length)];
  }

  private <T> List<T> list(int most, IntFunction<T> element) {
    int size = random.nextInt(most + 1);
    List<T> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(element.apply(i));
    }
    return list;
  }
}
