package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.kvorum.backup.SnapshotState.GrantedLease;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.proto.authpb.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileTest {
  @TempDir private Path directory;

  private List<Change> changes(SnapshotBuilder builder) throws IOException {
    List<Change> all = new ArrayList<>();
    try (SnapshotFile file = SnapshotFile.open(builder.write(directory.resolve("s.db")))) {
      SnapshotChanges changes = file.changes();
      for (Change change = changes.next(); change != null; change = changes.next()) {
        all.add(change);
      }
    }
    return all;
  }

  private SnapshotState state(SnapshotBuilder builder) throws IOException {
    try (SnapshotFile file = SnapshotFile.open(builder.write(directory.resolve("s.db")))) {
      return file.state();
    }
  }

  private static KeyValue kv(
      String key, String value, long create, long mod, long version, long lease) {
    return new KeyValue(Bytes.utf8(key), Bytes.utf8(value), create, mod, version, lease);
  }

  @Test
  void changesAreReadAsEtcdWritesThem() throws IOException {
    SnapshotBuilder builder =
        new SnapshotBuilder()
            .hex(
                "key",
                "0000000000000002 5F 0000000000000000",
                "0A03666F6F 1002 1802 2001 2A03626172")
            .hex("key", "0000000000000002 5F 0000000000000001", "0A0179 1002 1802 2001 2A0132")
            .hex("key", "0000000000000003 5F 0000000000000000", "0A016C 1003 1803 2001 2A0176 304D")
            .hex("key", "0000000000000004 5F 0000000000000000 74", "0A0178")
            .hex(
                "key",
                "0000000000000005 5F 0000000000000000",
                "0A016D 1005 1805 2001 30 FBFFFFFFFFFFFFFFFF01");

    assertThat(changes(builder))
        .containsExactly(
            new Change(0, kv("foo", "bar", 2, 2, 1, 0)),
            new Change(1, kv("y", "2", 2, 2, 1, 0)),
            new Change(0, kv("l", "v", 3, 3, 1, 77)),
            new Change(0, KeyValue.tombstone(Bytes.utf8("x"), 4)),
            new Change(0, kv("m", "", 5, 5, 1, -5)));
  }

  @Test
  void theEntryThatMovesTheRevisionOnIsAChangeWithAnEmptyKey() throws IOException {
    SnapshotBuilder builder = SnapshotBuilder.withAllBuckets().put(2, "a", "1").bump(1002);

    assertThat(changes(builder)).last().isEqualTo(new Change(0, kv("", "", 1002, 1002, 1, 0)));
    assertThat(state(builder).revision()).isEqualTo(1002);
    assertThat(state(builder).compactedRevision()).isEqualTo(1002);
  }

  @Test
  void whatIsBesideTheKeysIsRead() throws IOException {
    SnapshotState state =
        state(
            SnapshotBuilder.withAllBuckets()
                .put(7, "a", "1")
                .compacted(5, 4)
                .hex("lease", "000000000000004D", "084D 10D804")
                .hex("lease", "FFFFFFFFFFFFFFFB", "08FBFFFFFFFFFFFFFFFF01 1003 1802")
                .hex("alarm", "1001", "")
                .hex("alarm", "08051002", "")
                .entry("meta", "storageVersion", "3.6.0")
                .entry("cluster", "clusterVersion", "3.6.0"));

    assertThat(state.lastChange()).isEqualTo(7);
    assertThat(state.revision()).isEqualTo(7);
    assertThat(state.compactedRevision()).isEqualTo(5);
    assertThat(state.leases()).containsExactly(new GrantedLease(77, 600), new GrantedLease(-5, 3));
    assertThat(state.alarms())
        .containsExactlyInAnyOrder(
            new Alarm(0, Alarm.Kind.NOSPACE), new Alarm(5, Alarm.Kind.CORRUPT));
    assertThat(state.storageVersion()).isEqualTo("3.6.0");
    assertThat(state.kept()).isEmpty();
  }

  @Test
  void missingBucketsAreEmptyOnes() throws IOException {
    SnapshotState state = state(new SnapshotBuilder().entry("other", "a", "b"));

    assertThat(changes(new SnapshotBuilder())).isEmpty();
    assertThat(state.lastChange()).isZero();
    assertThat(state.revision()).isEqualTo(1);
    assertThat(state.compactedRevision()).isEqualTo(-1);
  }

  @Test
  void theRevisionIsAMarksIfNoChangeIsLater() throws IOException {
    SnapshotState state = state(SnapshotBuilder.withAllBuckets().put(3, "a", "1").compacted(9, 9));

    assertThat(state.lastChange()).isEqualTo(3);
    assertThat(state.revision()).isEqualTo(9);
  }

  @Test
  void usersAndRolesAreKeptWhileAuthIsOff() throws IOException {
    SnapshotState state =
        state(
            SnapshotBuilder.withAllBuckets()
                .hex("auth", "61757468456E61626C6564", "00")
                .hex("auth", "617574685265766973696F6E", "0000000000000003")
                .entry("authUsers", "np", "\n\2np")
                .entry("authRoles", "r1", "\n\2r1")
                .entry("cluster", "clusterVersion", "3.6.0")
                .entry("cluster", "downgrade", "{}"));

    assertThat(state.kept())
        .isEqualTo(
            Map.of(
                "etcd/auth/61757468456e61626c6564", Bytes.wrap(new byte[] {0}),
                "etcd/auth/617574685265766973696f6e",
                    Bytes.wrap(new byte[] {0, 0, 0, 0, 0, 0, 0, 3}),
                "etcd/authUsers/6e70", Bytes.utf8("\n\2np"),
                "etcd/authRoles/7231", Bytes.utf8("\n\2r1"),
                "etcd/cluster/646f776e6772616465", Bytes.utf8("{}")));
  }

  @Test
  void whatIsKeptIsFoundByItsName() throws IOException {
    byte[] key = {0, 'a', '/', -1};

    assertThat(EtcdFacts.parse(EtcdFacts.name("authUsers", key)))
        .contains(new EtcdFacts.Kept("authUsers", Bytes.wrap(key)));
    assertThat(EtcdFacts.parse("lease/0000000000000007")).isEmpty();
    assertThatThrownBy(() -> EtcdFacts.parse("etcd/auth"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EtcdFacts.parse("etcd/auth/xy"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSnapshotWithAuthOnIsTakenAsItIs() throws IOException {
    assertThat(state(new SnapshotBuilder().hex("auth", "61757468456E61626C6564", "01")).kept())
        .containsEntry("etcd/auth/61757468456e61626c6564", Bytes.wrap(new byte[] {1}));
  }

  @Test
  void aRevisionOfAuthThatIsTooShortIsRefused() {
    assertThatThrownBy(() -> state(new SnapshotBuilder().entry("auth", "authRevision", "short")))
        .isInstanceOf(SnapshotException.class)
        .hasMessage("the revision of users and roles is damaged");
  }

  @Test
  void aUserOrARoleThatCannotBeReadIsRefused() {
    for (String damaged : new String[] {"", "user", "\n\2xy"}) {
      assertThatThrownBy(() -> state(new SnapshotBuilder().entry("authUsers", "np", damaged)))
          .isInstanceOf(SnapshotException.class)
          .hasMessage("the user \"np\" is damaged");
      assertThatThrownBy(() -> state(new SnapshotBuilder().entry("authRoles", "r1", damaged)))
          .isInstanceOf(SnapshotException.class)
          .hasMessage("the role \"r1\" is damaged");
    }
  }

  private static SnapshotBuilder user(String name) {
    return new SnapshotBuilder()
        .entry(
            "authUsers",
            name.getBytes(StandardCharsets.UTF_8),
            User.newBuilder().setName(ByteString.copyFromUtf8(name)).build().toByteArray());
  }

  @Test
  void aNameThatNoFactHasRoomForIsRefused() throws IOException {
    assertThat(state(user("u".repeat(504))).kept()).hasSize(1);
    assertThatThrownBy(() -> state(user("u".repeat(505))))
        .isInstanceOf(SnapshotException.class)
        .hasMessageStartingWith(
            "bucket \"authUsers\" has a name of 505 bytes, and cannot be kept: \"uuu");
  }

  @Test
  void contentThatIsNoneOfEtcdsIsRefused() {
    assertRefused("short", "0A0161", "invalid revision length: 5");
    assertThatThrownBy(() -> changes(new SnapshotBuilder().hex("key", "00".repeat(17), "0A0161")))
        .hasMessageContaining("cannot parse revision key");
    String two = "0000000000000002 5F 0000000000000000";
    for (String value :
        List.of(
            "1002 1802 2001", "0A0161 1002 1803 2001", "0A0161 1003 1802 2001", "0A0161 1802")) {
      assertThatThrownBy(() -> changes(new SnapshotBuilder().hex("key", two, value)))
          .as(value)
          .hasMessage("the change at revision 2.0 is damaged");
    }
    assertThatThrownBy(() -> changes(new SnapshotBuilder().hex("key", two, "0A7F")))
        .isInstanceOf(SnapshotException.class)
        .hasMessageStartingWith("a value of bucket \"key\" is damaged");
    assertThatThrownBy(
            () ->
                changes(
                    new SnapshotBuilder().hex("key", "0000000000000002 5F FFFFFFFFFFFFFFFF", "")))
        .hasMessage("the revision 2.-1 is out of bounds");
    assertThatThrownBy(() -> state(new SnapshotBuilder().hex("lease", "000000000000004D", "0801")))
        .hasMessageContaining("is damaged");
    assertThatThrownBy(() -> state(new SnapshotBuilder().hex("alarm", "1009", "")))
        .hasMessage("an alarm of unknown kind 9");
  }

  private void assertRefused(String key, String value, String why) {
    assertThatThrownBy(() -> changes(new SnapshotBuilder().entry("key", key, value)))
        .isInstanceOf(SnapshotException.class)
        .hasMessage(
            "error during bucket key iteration, name: \"key\" err: cannot parse revision key: \""
                + key
                + "\" err: "
                + why);
  }

  @Test
  void theHashIsComparedWithTheContent() throws IOException {
    Path path = SnapshotBuilder.withAllBuckets().put(2, "a", "1").write(directory.resolve("s.db"));
    long[] last = new long[2];
    SnapshotHash.verify(
        path,
        (step, done, total) -> {
          last[0] = done;
          last[1] = total;
        });
    assertThat(last).containsExactly(Files.size(path) - 32, Files.size(path) - 32);

    byte[] changed = Files.readAllBytes(path);
    changed[9000]++;
    Path other = Files.write(directory.resolve("other.db"), changed);
    assertThatThrownBy(() -> SnapshotHash.verify(other, Progress.NONE))
        .isInstanceOf(SnapshotException.class)
        .hasMessageMatching("expected sha256 \\[(\\d+ ){31}\\d+], got \\[(\\d+ ){31}\\d+]");
  }

  @Test
  void aBareCopyOfADatabaseHasNoHash() throws IOException {
    byte[] image = SnapshotBuilder.withAllBuckets().image();
    Path bare = Files.write(directory.resolve("db"), image);
    Path longer = Files.write(directory.resolve("longer"), Arrays.copyOf(image, image.length + 33));

    for (Path path : List.of(bare, longer)) {
      assertThatThrownBy(() -> SnapshotHash.verify(path, Progress.NONE))
          .isInstanceOf(SnapshotException.class)
          .hasMessage("snapshot missing hash but --skip-hash-check=false");
    }
  }
}
