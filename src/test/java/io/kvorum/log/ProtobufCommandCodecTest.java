package io.kvorum.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.model.Alarm;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.Downgrade;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import io.kvorum.proto.log.Batch;
import io.kvorum.proto.log.Range;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProtobufCommandCodecTest {
  private static final long SEED = Long.getLong("kvorum.seed", System.nanoTime());

  private final ProtobufCommandCodec codec = new ProtobufCommandCodec();

  @Test
  void anyBatchComesBackAsItWas() {
    RandomCommands commands = new RandomCommands(SEED);
    for (int round = 0; round < 300; round++) {
      List<Command> batch = commands.batch();
      assertThat(codec.decode(codec.encode(batch)))
          .as("round %s, seed %s", round, SEED)
          .isEqualTo(batch);
    }
  }

  @Test
  void everyKindOfCommandAndOfOperationComesBackAsItWas() {
    RandomCommands commands = new RandomCommands(SEED);
    Set<Class<?>> missing = new HashSet<>(kindsOf(Command.class));
    missing.addAll(kindsOf(TxnOp.class));
    for (int round = 0; round < 10_000 && !missing.isEmpty(); round++) {
      Command command = commands.command();
      assertThat(codec.decode(codec.encode(List.of(command)))).containsExactly(command);
      missing.remove(command.getClass());
      if (command instanceof Command.Txn txn) {
        txn.success().forEach(operation -> missing.remove(operation.getClass()));
      }
    }
    assertThat(missing).as("kinds that RandomCommands does not make, seed %s", SEED).isEmpty();
  }

  private static Set<Class<?>> kindsOf(Class<?> kind) {
    if (!kind.isSealed()) {
      return Set.of(kind);
    }
    return Arrays.stream(kind.getPermittedSubclasses())
        .flatMap(narrower -> kindsOf(narrower).stream())
        .collect(Collectors.toSet());
  }

  @Test
  void theGeneratedClassesReadAndWriteTheSameBytes() throws InvalidProtocolBufferException {
    RandomCommands commands = new RandomCommands(SEED);
    for (int round = 0; round < 300; round++) {
      List<Command> batch = commands.batch();
      byte[] bytes = codec.encode(batch);
      Batch message = Batch.parseFrom(bytes);
      assertThat(message.getCommandCount()).as("seed %s", SEED).isEqualTo(batch.size());
      assertThat(message.toByteArray()).as("round %s, seed %s", round, SEED).isEqualTo(bytes);
      for (int i = 0; i < batch.size(); i++) {
        assertThat(CommandDecoder.command(message.getCommand(i))).isEqualTo(batch.get(i));
      }
    }
  }

  @Test
  void theEstimatedSizeIsNeverBelowTheRealOneAndNotFarAboveIt() {
    RandomCommands commands = new RandomCommands(SEED);
    int empty = codec.encode(List.of()).length;
    for (int round = 0; round < 3000; round++) {
      Command command = commands.command();
      int real = codec.encode(List.of(command)).length - empty;
      int parts = partsOf(command);
      assertThat(codec.sizeOf(command))
          .as("%s, seed %s", command, SEED)
          .isBetween(real - 64 * parts, real + 160 * parts);
      if (command instanceof Command.Put) {
        assertThat(codec.sizeOf(command)).as("seed %s", SEED).isGreaterThanOrEqualTo(real);
      }
    }
  }

  private static int partsOf(Command command) {
    if (command instanceof Command.Stamped stamped) {
      return 1 + partsOf(stamped.command());
    }
    return command instanceof Command.Txn txn ? partsOf(txn) : 1;
  }

  private static int partsOf(Command.Txn txn) {
    int parts = 1 + txn.compares().size();
    for (TxnOp operation : txn.success()) {
      parts += operation instanceof Command.Txn inner ? partsOf(inner) : 1;
    }
    for (TxnOp operation : txn.failure()) {
      parts += operation instanceof Command.Txn inner ? partsOf(inner) : 1;
    }
    return parts;
  }

  @Test
  void deeplyNestedTransactionsComeBack() {
    Command.Txn txn = new Command.Txn(List.of(), List.of(), List.of());
    for (int depth = 0; depth < 130; depth++) {
      txn = new Command.Txn(List.of(), List.of(txn), List.of());
    }
    assertThat(codec.decode(codec.encode(List.of(txn)))).isEqualTo(List.of(txn));
  }

  @Test
  void aVersionThatIsNotKnownIsRefusedByName() {
    assertThatThrownBy(() -> codec.decode(Batch.newBuilder().setVersion(7).build().toByteArray()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 7");
    assertThatThrownBy(() -> codec.decode(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCommandOfAnUnknownKindIsRefused() {
    ByteString unknownKind = ByteString.copyFrom(new byte[] {8, 2, 18, 4, (byte) 130, 1, 1, 0});
    assertThatThrownBy(() -> codec.decode(unknownKind.toByteArray()))
        .isInstanceOf(IllegalArgumentException.class);
    Batch badAlarm =
        Batch.newBuilder()
            .setVersion(1)
            .addCommand(
                io.kvorum.proto.log.Command.newBuilder()
                    .setAlarmRaise(io.kvorum.proto.log.Alarm.newBuilder().setKindValue(7)))
            .build();
    assertThatThrownBy(() -> codec.decode(badAlarm.toByteArray()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Kind");
  }

  @Test
  void damagedBytesGiveCommandsOrARefusalButNoOtherFailure() {
    RandomCommands commands = new RandomCommands(SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = codec.encode(commands.batch());
      byte[] damaged = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      for (int flips = random.nextInt(3); flips > 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        codec.decode(damaged);
      } catch (IllegalArgumentException refusal) {
        assertThat(refusal.getMessage()).as("seed %s", SEED).isNotBlank();
      }
    }
  }

  @Test
  void everyNumberOfTheSchemaStandsForTheConstantOfThatName() {
    for (Compare.Target target : Compare.Target.values()) {
      assertThat(io.kvorum.proto.log.Compare.Target.forNumber(target.ordinal()).name())
          .isEqualTo(target.name());
    }
    for (Compare.Operator operator : Compare.Operator.values()) {
      assertThat(io.kvorum.proto.log.Compare.Operator.forNumber(operator.ordinal()).name())
          .isEqualTo(operator.name());
    }
    for (RangeQuery.SortTarget target : RangeQuery.SortTarget.values()) {
      assertThat(Range.SortTarget.forNumber(target.ordinal()).name()).isEqualTo(target.name());
    }
    for (RangeQuery.SortOrder order : RangeQuery.SortOrder.values()) {
      assertThat(Range.SortOrder.forNumber(order.ordinal()).name()).isEqualTo(order.name());
    }
    for (RangeQuery.Projection projection : RangeQuery.Projection.values()) {
      assertThat(Range.Projection.forNumber(projection.ordinal()).name())
          .isEqualTo(projection.name());
    }
    for (Alarm.Kind kind : Alarm.Kind.values()) {
      assertThat(io.kvorum.proto.log.Alarm.Kind.forNumber(kind.ordinal()).name())
          .isEqualTo(kind.name());
    }
  }

  @Test
  void theBytesOfVersionOneStayAsTheyAre() {
    byte[] bytes =
        codec.encode(
            List.of(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")), new Command.Compact(300)));
    assertThat(bytes)
        .containsExactly(
            8,
            1, // version
            18,
            8,
            10,
            6,
            10,
            1,
            'k',
            18,
            1,
            'v', // put
            18,
            5,
            34,
            3,
            8,
            (byte) 172,
            2); // compact
  }

  @Test
  void aBatchIsOfTheLowestVersionThatHasAllOfIt() {
    RandomCommands commands = new RandomCommands(SEED);
    for (int round = 0; round < 300; round++) {
      List<Command> batch = commands.batch();
      boolean hasTerms = batch.stream().anyMatch(ProtobufCommandCodecTest::hasTerm);
      boolean hasAuth =
          batch.stream()
              .anyMatch(
                  command -> command instanceof AuthCommand || command instanceof Command.Stamped);
      boolean downgrades = batch.stream().anyMatch(Command.DowngradeChange.class::isInstance);
      boolean leavesAlone = batch.stream().anyMatch(Command.MemberReset.class::isInstance);
      boolean changesMembers = batch.stream().anyMatch(Command.MemberChange.class::isInstance);
      assertThat(codec.encode(batch))
          .as("round %s, seed %s", round, SEED)
          .startsWith(
              8,
              hasAuth
                  ? 6
                  : downgrades ? 5 : leavesAlone ? 4 : hasTerms ? 3 : changesMembers ? 2 : 1);
    }
  }

  private static boolean hasTerm(Command command) {
    return (command instanceof Command.LeaseRevoke revoke && revoke.term() != 0)
        || (command instanceof Command.LeaseCheckpoint checkpoint && checkpoint.term() != 0);
  }

  @Test
  void aTermInABatchOfAnEarlierVersionIsRefused() {
    byte[] bytes = codec.encode(List.of(new Command.LeaseRevoke(7, 1)));
    bytes[1] = 2;
    assertThatThrownBy(() -> codec.decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("later version");
  }

  @Test
  void whatWasWrittenBeforeThereWereTermsCountsInAnyTerm() {
    Command revoke = new Command.LeaseRevoke(7, 0);
    assertThat(hex(revoke)).isEqualTo("0801" + "12043202" + "0807");
    assertThat(codec.decode(HexFormat.of().parseHex("080112043202" + "0807")))
        .containsExactly(revoke);
  }

  @Test
  void theBytesOfVersionThreeStayAsTheyAre() {
    assertThat(hex(new Command.LeaseRevoke(7, 9))).isEqualTo("0803" + "12063204" + "0807" + "1009");
    assertThat(
            hex(
                new Command.LeaseCheckpoint(
                    List.of(new Command.LeaseCheckpoint.Remaining(7, 5)), 9)))
        .isEqualTo("0803" + "120a3a08" + "0a04" + "08071005" + "1009");
  }

  @Test
  void theBytesOfVersionFourStayAsTheyAre() {
    ClusterMember member = new ClusterMember(-2, "n", List.of("p"), List.of("c"), false);
    assertThat(hex(new Command.MemberReset(member)))
        .isEqualTo("0804" + "12167a14" + "0a12" + "09feffffffffffffff" + "12016e1a0170220163");
  }

  @Test
  void theBytesOfVersionFiveStayAsTheyAre() {
    assertThat(hex(new Command.DowngradeChange(new Downgrade("3.6.0"))))
        .isEqualTo("0805" + "120a8201" + "07" + "0a05" + "332e362e30");
    assertThat(hex(new Command.DowngradeChange(Downgrade.NONE)))
        .isEqualTo("0805" + "12038201" + "00");
  }

  @Test
  void theBytesOfVersionSixStayAsTheyAre() {
    Command put = Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v"));
    assertThat(hex(new Command.Stamped(new Principal("al", 7), put)))
        .isEqualTo(
            "0806"
                + "12138a01"
                + "10"
                + "0a02616c"
                + "1007"
                + "1a08"
                + "0a06"
                + "0a016b"
                + "120176");
    assertThat(hex(new AuthCommand.Enable())).isEqualTo("0806" + "12059201" + "02" + "0a00");
    assertThat(hex(new AuthCommand.GrantToken("al", 7, Bytes.utf8("h"))))
        .isEqualTo("0806" + "120e9201" + "0b" + "1a09" + "0a02616c" + "1007" + "1a0168");
    assertThat(hex(new AuthCommand.AddUser("al", Bytes.utf8("h"), true)))
        .isEqualTo("0806" + "120e9201" + "0b" + "2209" + "0a02616c" + "120168" + "1801");
    assertThat(hex(new AuthCommand.GrantRole("al", "r")))
        .isEqualTo("0806" + "120c9201" + "09" + "3a07" + "0a02616c" + "120172");
    assertThat(
            hex(
                new AuthCommand.GrantPermission(
                    "r", new Permission(Permission.READWRITE, Bytes.utf8("a"), Bytes.utf8("b")))))
        .isEqualTo(
            "0806" + "12129201" + "0f" + "5a0d" + "0a0172" + "1208" + "0802" + "120161" + "1a0162");
  }

  @Test
  void putsHaveTheBytesOfTheGeneratedClassesWhetherTheyAreStampedOrNot() {
    RandomCommands commands = new RandomCommands(SEED);
    int stamped = 0;
    for (int round = 0; stamped < 50; round++) {
      for (Command command : commands.batch()) {
        byte[] generated =
            Batch.newBuilder()
                .setVersion(CommandVersion.of(command))
                .addCommand(CommandEncoder.message(command))
                .build()
                .toByteArray();
        assertThat(codec.encode(List.of(command)))
            .as("round %s, seed %s", round, SEED)
            .isEqualTo(generated);
        assertThat(codec.decode(generated)).containsExactly(command);
        stamped +=
            command instanceof Command.Stamped both && both.command() instanceof Command.Put
                ? 1
                : 0;
      }
    }
  }

  @Test
  void aStampedPutInAnotherOrderIsReadAllTheSame() {
    byte[] bytes =
        HexFormat.of()
            .parseHex(
                "0806"
                    + "12138a01"
                    + "10"
                    + "1a08"
                    + "0a06"
                    + "0a016b120176"
                    + "1007"
                    + "0a02616c");
    assertThat(codec.decode(bytes))
        .containsExactly(
            new Command.Stamped(
                new Principal("al", 7), Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v"))));
  }

  @Test
  void aStampedCommandIsNotStampedAgain() {
    byte[] bytes = HexFormat.of().parseHex("0806" + "12098a01" + "06" + "1a04" + "8a01" + "0100");
    assertThatThrownBy(() -> codec.decode(bytes)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLearnerIsNeverLeftAlone() {
    byte[] bytes =
        HexFormat.of()
            .parseHex("0804" + "12187a16" + "0a14" + "09feffffffffffffff12016e1a01702201632801");
    assertThatThrownBy(() -> codec.decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a learner cannot be the only member");
  }

  @Test
  void whatLeavesAMemberAloneInABatchOfAnEarlierVersionIsRefused() {
    ClusterMember member = new ClusterMember(-2, "n", List.of("p"), List.of("c"), false);
    byte[] bytes = codec.encode(List.of(new Command.MemberReset(member)));
    bytes[1] = 3;
    assertThatThrownBy(() -> codec.decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("later version");
  }

  @Test
  void aChangeOfMembersInABatchOfVersionOneIsRefused() {
    byte[] bytes = codec.encode(List.of(new Command.MemberRemove(7)));
    bytes[1] = 1;
    assertThatThrownBy(() -> codec.decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("later version");
  }

  @Test
  void theBytesOfVersionTwoStayAsTheyAre() {
    ClusterMember member = new ClusterMember(-2, "n", List.of("p"), List.of("c"), true);
    assertThat(hex(new Command.MemberAdd(member, 1)))
        .isEqualTo(
            "0802"
                + "121a5218"
                + "0a14"
                + "09feffffffffffffff12016e1a0170220163"
                + "2801"
                + "1001");
    assertThat(hex(new Command.MemberRemove(1)))
        .isEqualTo("0802" + "120b5a09" + "090100000000000000");
    assertThat(hex(new Command.MemberPromote(1)))
        .isEqualTo("0802" + "120b6209" + "090100000000000000");
    assertThat(hex(new Command.MemberUpdate(1, List.of("p"))))
        .isEqualTo("0802" + "120e6a0c" + "090100000000000000120170");
    assertThat(hex(new Command.MemberAttributes(1, "n", List.of("c"))))
        .isEqualTo("0802" + "1211720f" + "09010000000000000012016e1a0163");
  }

  private String hex(Command command) {
    return HexFormat.of().formatHex(codec.encode(List.of(command)));
  }
}
