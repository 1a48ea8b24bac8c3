package io.kvorum.sim;

import io.kvorum.model.Alarm;
import io.kvorum.model.ApiVersion;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.Downgrade;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Draws valid commands on few keys and few leases, so that they collide. Every value is unique. */
public final class RandomRequests {
  private static final int KEYS = 20;
  private static final int LEASES = 6;
  private static final long OTHER_MEMBER = 7;

  private final Random random;
  private final CoreModel model;
  private final RandomAuth auth;
  private final int commandsPerChangeOfAuth;
  private long values;

  /**
   * @param model tells what revisions and values are worth asking for
   */
  public RandomRequests(Random random, CoreModel model) {
    this.random = random;
    this.model = model;
    this.auth = new RandomAuth(random, model.auth(), RandomRequests::keyNumber);
    this.commandsPerChangeOfAuth = random.nextInt(3) == 0 ? 3 : 15;
  }

  /** Any command that a client, or the member itself, may propose. */
  public Command next() {
    if (random.nextInt(commandsPerChangeOfAuth) == 0) {
      return auth.stamped(auth.next());
    }
    Command command = unstamped();
    boolean isChecked =
        command instanceof Command.Put
            || command instanceof Command.DeleteRange
            || command instanceof Command.Txn
            || command instanceof Command.LeaseGrant
            || command instanceof Command.LeaseRevoke;
    return isChecked ? auth.stamped(command) : command;
  }

  private Command unstamped() {
    int dice = random.nextInt(100);
    if (dice < 48) {
      return put(key(0, KEYS));
    }
    if (dice < 55) {
      return deleteRange(0, KEYS);
    }
    if (dice < 58) {
      return memberChange();
    }
    if (dice < 76) {
      return txn();
    }
    if (dice < 84) {
      return new Command.LeaseGrant(leaseId(), 1 + random.nextInt(8));
    }
    if (dice < 88) {
      return new Command.LeaseRevoke(leaseId(), term());
    }
    if (dice < 91) {
      return checkpoint();
    }
    if (dice < 95) {
      return new Command.Compact(revision());
    }
    return alarm();
  }

  /** A command of a client that leaves alarms and members to others. */
  public Command ofClient() {
    int dice = random.nextInt(100);
    if (dice < 55) {
      return put(key(0, KEYS));
    }
    if (dice < 63) {
      return deleteRange(0, KEYS);
    }
    if (dice < 82) {
      return txn();
    }
    if (dice < 94) {
      return new Command.LeaseGrant(leaseId(), 1 + random.nextInt(8));
    }
    return dice < 98 ? new Command.LeaseRevoke(leaseId()) : new Command.Compact(revision());
  }

  /** A range of keys that is worth watching. */
  public KeyRange watched() {
    return random.nextInt(4) == 0 ? KeyRange.all() : range(0, KEYS);
  }

  /** A read of any kind. */
  public RangeQuery query() {
    RangeQuery.RevisionBounds bounds = RangeQuery.RevisionBounds.NONE;
    if (random.nextInt(5) == 0) {
      bounds = new RangeQuery.RevisionBounds(revision(), 0, 0, revision());
    }
    return new RangeQuery(
        range(0, KEYS),
        random.nextInt(3) == 0 ? revision() : 0,
        random.nextInt(3) == 0 ? random.nextInt(5) : 0,
        anyOf(RangeQuery.SortTarget.values()),
        anyOf(RangeQuery.SortOrder.values()),
        bounds,
        anyOf(RangeQuery.Projection.values()));
  }

  public long leaseId() {
    return 1 + random.nextInt(LEASES);
  }

  private Command.Put put(Bytes key) {
    boolean ignoresValue = random.nextInt(12) == 0;
    boolean ignoresLease = random.nextInt(12) == 0;
    long lease = !ignoresLease && random.nextInt(3) == 0 ? leaseId() : 0;
    Bytes value = ignoresValue ? Bytes.EMPTY : value();
    return new Command.Put(key, value, lease, random.nextBoolean(), ignoresValue, ignoresLease);
  }

  private Bytes value() {
    int padding = random.nextInt(25) == 0 ? random.nextInt(3_000) : random.nextInt(40);
    return Bytes.utf8("value-" + ++values + "-" + "x".repeat(padding));
  }

  private Command.DeleteRange deleteRange(int from, int to) {
    return new Command.DeleteRange(range(from, to), random.nextBoolean());
  }

  /** No key is put twice, and none is put that may be deleted. */
  private Command.Txn txn() {
    int border = random.nextInt(KEYS + 1);
    List<Bytes> toPut = new ArrayList<>();
    for (int i = 0; i < border; i++) {
      toPut.add(keyNumber(i));
    }
    Collections.shuffle(toPut, random);
    return txn(toPut, border, 2);
  }

  private Command.Txn txn(List<Bytes> toPut, int border, int depth) {
    List<Compare> compares = new ArrayList<>();
    for (int left = random.nextInt(3); left > 0; left--) {
      compares.add(compare());
    }
    return new Command.Txn(compares, branch(toPut, border, depth), branch(toPut, border, depth));
  }

  private List<TxnOp> branch(List<Bytes> toPut, int border, int depth) {
    List<TxnOp> ops = new ArrayList<>();
    for (int left = random.nextInt(4); left > 0; left--) {
      int dice = random.nextInt(10);
      if (dice < 4 && !toPut.isEmpty()) {
        ops.add(put(toPut.remove(toPut.size() - 1)));
      } else if (dice < 6 && border < KEYS) {
        ops.add(deleteRange(border, KEYS));
      } else if (dice < 8 || depth == 0) {
        ops.add(query());
      } else {
        ops.add(txn(toPut, border, depth - 1));
      }
    }
    return ops;
  }

  private Compare compare() {
    KeyRange range = random.nextInt(4) == 0 ? range(0, KEYS) : KeyRange.single(key(0, KEYS));
    Compare.Target target = anyOf(Compare.Target.values());
    long number =
        switch (target) {
          case VERSION -> random.nextInt(4);
          case LEASE -> random.nextInt(3);
          case CREATE, MOD, VALUE -> random.nextInt(3) == 0 ? 0 : revision();
        };
    Compare.Operator operator = anyOf(Compare.Operator.values());
    return new Compare(range, target, operator, number, knownValue());
  }

  private Bytes knownValue() {
    List<KeyValue> living = List.copyOf(model.stateAt(model.revision()).values());
    return living.isEmpty() ? Bytes.EMPTY : living.get(random.nextInt(living.size())).value();
  }

  private Command checkpoint() {
    List<Command.LeaseCheckpoint.Remaining> remaining = new ArrayList<>();
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      remaining.add(new Command.LeaseCheckpoint.Remaining(leaseId(), random.nextInt(5)));
    }
    return new Command.LeaseCheckpoint(remaining, term());
  }

  /** Any, or the one of now, or another one. */
  private long term() {
    int dice = random.nextInt(6);
    return dice < 3 ? 0 : Math.max(1, model.term() + (dice < 5 ? 0 : 2 * random.nextInt(2) - 1));
  }

  /** About few members with few URLs, so that most of the reasons to refuse come up. */
  private Command memberChange() {
    long id = random.nextInt(4) == 0 ? SimulatedMember.ID : 100 + random.nextInt(40);
    return switch (random.nextInt(13)) {
      case 0, 1, 2, 3 ->
          new Command.MemberAdd(
              new ClusterMember(id, "", peerUrls(), List.of(), random.nextBoolean()),
              random.nextInt(3));
      case 4, 5 -> new Command.MemberRemove(id);
      case 6, 7 -> new Command.MemberPromote(id);
      case 8, 9 -> new Command.MemberUpdate(id, peerUrls());
      case 10 -> new Command.MemberReset(new ClusterMember(id, "", peerUrls(), List.of(), false));
      default -> new Command.MemberAttributes(id, "m" + random.nextInt(9), peerUrls());
    };
  }

  private List<String> peerUrls() {
    return List.of("http://10.0.0.1:" + (1 + random.nextInt(30)));
  }

  /** Cleared more often than raised: not much happens while an alarm is up. */
  private Command alarm() {
    if (random.nextInt(8) == 0) {
      return new Command.DowngradeChange(
          random.nextBoolean() ? Downgrade.NONE : new Downgrade(ApiVersion.PREVIOUS));
    }
    Alarm.Kind kind = random.nextInt(3) == 0 ? Alarm.Kind.CORRUPT : Alarm.Kind.NOSPACE;
    long member = random.nextBoolean() ? SimulatedMember.ID : OTHER_MEMBER;
    if (model.alarms().isEmpty() && random.nextInt(3) == 0) {
      return new Command.AlarmActivate(new Alarm(member, kind));
    }
    return new Command.AlarmDeactivate(
        model.alarms().isEmpty()
            ? new Alarm(member, kind)
            : anyOf(model.alarms().toArray(Alarm[]::new)));
  }

  /** Mostly one that is there. */
  private long revision() {
    long oldest = Math.max(0, model.compactedRevision() - 1);
    return oldest + random.nextInt((int) (model.revision() - oldest) + 2);
  }

  private KeyRange range(int from, int to) {
    int first = from + random.nextInt(to - from);
    return switch (random.nextInt(6)) {
      case 0 -> new KeyRange(keyNumber(first), Bytes.EMPTY);
      case 1, 2 -> new KeyRange(keyNumber(first), keyNumber(first + random.nextInt(6)));
      default -> KeyRange.single(keyNumber(first));
    };
  }

  private Bytes key(int from, int to) {
    return keyNumber(from + random.nextInt(to - from));
  }

  private static Bytes keyNumber(int number) {
    return Bytes.utf8("key-%02d".formatted(number));
  }

  private <E> E anyOf(E[] values) {
    return values[random.nextInt(values.length)];
  }
}
