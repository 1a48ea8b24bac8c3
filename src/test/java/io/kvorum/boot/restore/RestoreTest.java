package io.kvorum.boot.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotBuilder;
import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.restore.RestoreSettings.NewMember;
import io.kvorum.boot.restore.RestoreSettings.Revisions;
import io.kvorum.derby.DerbyHistory;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.service.Identity;
import io.kvorum.support.DurableFiles;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RestoreTest {
  private static final Bytes ZERO = Bytes.wrap(new byte[1]);

  /** As a client asks for all of them. */
  private static final KeyRange EVERY_KEY = KeyRange.ofWire(ZERO, ZERO);

  @TempDir private Path directory;

  private final String peer = Ports.freeUrl().toString();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  @AfterEach
  void noMemberFailed() {
    assertThat(failures).isEmpty();
  }

  private static SnapshotBuilder history() {
    return SnapshotBuilder.withAllBuckets()
        .put(2, "a", "1")
        .put(3, 0, "b", "1", 3, 1, 77)
        .put(3, 1, "c", "1", 3, 1, 99)
        .put(4, 0, "a", "2", 2, 2, 0)
        .delete(5, "b")
        .put(6, 0, "b", "2", 6, 1, 77)
        .lease(77, 600)
        .lease(78, 600);
  }

  private Path snapshot(SnapshotBuilder builder) throws IOException {
    return builder.write(directory.resolve("s.db"));
  }

  private NewMember self() {
    return new NewMember("m1", "m1=" + peer, "tok", peer);
  }

  private RestoreSettings settings(Path snapshot, Revisions revisions) {
    return new RestoreSettings(snapshot, directory.resolve("data"), null, self(), revisions, false);
  }

  private static Revisions upTo(long revision) {
    return new Revisions(OptionalLong.of(revision), 0, false);
  }

  private Member open(RestoreSettings settings, NewMember member) throws IOException {
    Path wal = settings.walDirectory();
    Map<String, @Nullable String> flags = new HashMap<>();
    flags.put("name", member.name());
    flags.put("data-dir", settings.dataDirectory().toString());
    flags.put("wal-dir", wal == null ? null : wal.toString());
    flags.put("listen-client-urls", Ports.freeUrl().toString());
    flags.put("listen-peer-urls", member.advertisedPeerUrls());
    flags.put("initial-advertise-peer-urls", member.advertisedPeerUrls());
    return Member.open(MemberConfig.fromFlags(flags::get), failures::add);
  }

  private Member start(RestoreSettings settings) throws Exception {
    Member member = open(settings, settings.member());
    member.start();
    member.whenReady().get(60, TimeUnit.SECONDS);
    return member;
  }

  private static List<String> at(Member member, long revision) {
    RangeQuery all = RangeQuery.of(EVERY_KEY);
    RangeQuery query =
        new RangeQuery(
            all.range(),
            revision,
            0,
            all.sortTarget(),
            all.sortOrder(),
            all.bounds(),
            all.projection());
    return member.store().range(query).kvs().stream().map(RestoreTest::text).toList();
  }

  private static String text(KeyValue kv) {
    return "%s=%s %d %d %d %d"
        .formatted(
            kv.key().toUtf8(),
            kv.value().toUtf8(),
            kv.createRevision(),
            kv.modRevision(),
            kv.version(),
            kv.lease());
  }

  private static long put(Member member, Command.Put put) throws Exception {
    return member.services().kv().put(put).get(30, TimeUnit.SECONDS).revision();
  }

  private static Command.Put put(String key) {
    return Command.Put.of(Bytes.utf8(key), Bytes.utf8("new"));
  }

  @Test
  void allRevisionsAreServedAfterARestart() throws Exception {
    RestoreSettings settings =
        settings(
            snapshot(history().hex("alarm", "08051001", "").entry("authUsers", "u", "\n\1u")),
            Revisions.ALL);
    Restore.Restored restored = Restore.run(settings, Progress.NONE);

    assertThat(restored.revision()).isEqualTo(6);
    assertThat(restored.changes()).isEqualTo(6);
    assertThat(restored.identity())
        .isEqualTo(Identity.ofCluster(Map.of("m1", List.of(peer)), "tok", "m1"));
    assertThat(directory.resolve("data.restoring")).doesNotExist();
    try (Member member = start(settings)) {
      assertThat(member.store().revision()).isEqualTo(6);
      assertThat(at(member, 0)).containsExactly("a=2 2 4 2 0", "b=2 6 6 1 77", "c=1 3 3 1 99");
      assertThat(at(member, 5)).containsExactly("a=2 2 4 2 0", "c=1 3 3 1 99");
      assertThat(at(member, 3)).containsExactly("a=1 2 2 1 0", "b=1 3 3 1 77", "c=1 3 3 1 99");
      assertThat(member.members().members()).singleElement().isNotNull();
      assertThat(member.services().lease().leases().get(30, TimeUnit.SECONDS))
          .containsExactlyInAnyOrder(77L, 78L);
      assertThat(member.services().lease().timeToLive(77, true).get(30, TimeUnit.SECONDS))
          .satisfies(lease -> assertThat(lease.keys()).containsExactly(Bytes.utf8("b")))
          .satisfies(lease -> assertThat(lease.ttlSeconds()).isBetween(590L, 600L));
      assertThatThrownBy(() -> put(member, put("k")))
          .as("the alarm lasts")
          .hasCauseInstanceOf(RequestException.class);
      member.services().maintenance().deactivate(new Alarm(5, Alarm.Kind.NOSPACE)).get();
      assertThat(put(member, put("k"))).isEqualTo(7);
    }
    try (DerbyHistory history =
        new DerbyHistory(settings.dataDirectory().resolve("member/history"))) {
      assertThat(history.open().facts())
          .as("what has no use yet is kept")
          .containsEntry("etcd/authUsers/75", Bytes.utf8("\n\1u"));
    }
    try (Member again = start(settings)) {
      assertThat(again.store().revision()).isEqualTo(7);
      assertThat(at(again, 3)).hasSize(3);
    }
  }

  @Test
  void aLeaseThatKeysNameBeforeItIsThereGetsThemWhenItIsGranted() throws Exception {
    RestoreSettings settings = settings(snapshot(history()), Revisions.ALL);
    Restore.run(settings, Progress.NONE);

    try (Member member = start(settings)) {
      member.services().lease().grant(99, 600).get(30, TimeUnit.SECONDS);
      assertThat(member.services().lease().timeToLive(99, true).get(30, TimeUnit.SECONDS).keys())
          .containsExactly(Bytes.utf8("c"));
    }
  }

  @Test
  void anEarlierRevisionIsRestored() throws Exception {
    RestoreSettings settings = settings(snapshot(history()), upTo(5));
    assertThat(Restore.run(settings, Progress.NONE).revision()).isEqualTo(5);

    try (Member member = start(settings)) {
      assertThat(at(member, 0)).containsExactly("a=2 2 4 2 0", "c=1 3 3 1 99");
      assertThat(at(member, 2)).containsExactly("a=1 2 2 1 0");
      assertThat(member.services().lease().leases().get(30, TimeUnit.SECONDS)).hasSize(2);
      assertThat(put(member, put("a"))).isEqualTo(6);
    }
  }

  @Test
  void aRevisionThatTheFileDoesNotHaveIsRefused() throws IOException {
    Path snapshot = snapshot(history().compacted(4, 3));

    assertRefused(
        settings(snapshot, upTo(7)), "--to-revision 7: the snapshot ends with revision 6");
    assertRefused(
        settings(snapshot, upTo(3)), "--to-revision 3: the snapshot was compacted at revision 4");
  }

  @Test
  void whatACompactionWasToDropIsDropped() throws Exception {
    RestoreSettings settings = settings(snapshot(history().compacted(5, 2)), Revisions.ALL);
    assertThat(Restore.run(settings, Progress.NONE).compactedRevision()).isEqualTo(5);

    try (Member member = start(settings)) {
      assertThat(member.store().compactedRevision()).isEqualTo(5);
      assertThat(at(member, 5)).containsExactly("a=2 2 4 2 0", "c=1 3 3 1 99");
      assertThatThrownBy(() -> at(member, 4)).isInstanceOf(RequestException.class);
    }
  }

  @Test
  void aRevisionWhoseTombstonesWereDroppedIsTheLastOne() throws Exception {
    SnapshotBuilder dropped =
        SnapshotBuilder.withAllBuckets()
            .put(2, "a", "1")
            .put(5, 0, "b", "1", 3, 2, 0)
            .compacted(8, 8);
    restoreToRevisionEight(dropped, Revisions.ALL);
    restoreToRevisionEight(dropped.put(9, "c", "1"), upTo(8));
  }

  private void restoreToRevisionEight(SnapshotBuilder builder, Revisions revisions)
      throws Exception {
    RestoreSettings settings = settings(snapshot(builder), revisions);
    Restore.run(settings, Progress.NONE);
    try (Member member = start(settings)) {
      assertThat(member.store().revision()).isEqualTo(8);
      assertThat(at(member, 8)).hasSize(2);
      assertThat(put(member, put("a"))).isEqualTo(9);
    }
    try (Member again = start(settings)) {
      assertThat(again.store().revision()).isEqualTo(9);
    }
    DurableFiles.deleteTree(settings.dataDirectory());
  }

  @Test
  void theRevisionIsMovedOn() throws Exception {
    RestoreSettings settings =
        settings(snapshot(history()), new Revisions(OptionalLong.empty(), 1000, true));
    assertThat(Restore.run(settings, Progress.NONE).revision()).isEqualTo(1006);

    try (Member member = start(settings)) {
      assertThat(member.store().compactedRevision()).isEqualTo(1006);
      assertThat(at(member, 0)).containsExactly("a=2 2 4 2 0", "b=2 6 6 1 77", "c=1 3 3 1 99");
      assertThatThrownBy(() -> at(member, 1005)).isInstanceOf(RequestException.class);
      assertThat(put(member, put("a"))).isEqualTo(1007);
    }
    try (Member again = start(settings)) {
      assertThat(again.store().revision()).isEqualTo(1007);
    }
  }

  @Test
  void anEmptyStoreIsRestored() throws Exception {
    RestoreSettings settings = settings(snapshot(new SnapshotBuilder()), Revisions.ALL);
    assertThat(Restore.run(settings, Progress.NONE).revision()).isEqualTo(1);

    try (Member member = start(settings)) {
      assertThat(put(member, put("a"))).isEqualTo(2);
    }
  }

  @Test
  void threeMembersThatAreRestoredFromOneFileFormACluster() throws Exception {
    Path snapshot = snapshot(history());
    List<String> urls = List.of(peer, Ports.freeUrl().toString(), Ports.freeUrl().toString());
    String cluster = "m0=%s,m1=%s,m2=%s".formatted(urls.toArray());
    List<RestoreSettings> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      NewMember member = new NewMember("m" + i, cluster, "tok", urls.get(i));
      RestoreSettings settings =
          new RestoreSettings(
              snapshot,
              directory.resolve("m" + i),
              i == 1 ? directory.resolve("log") : null,
              member,
              Revisions.ALL,
              false);
      Restore.run(settings, Progress.NONE);
      all.add(settings);
    }
    List<Member> members = new ArrayList<>();
    try {
      for (RestoreSettings settings : all) {
        Member member = open(settings, settings.member());
        members.add(member);
        member.start();
      }
      for (Member member : members) {
        member.whenReady().get(60, TimeUnit.SECONDS);
      }
      assertThat(put(members.get(0), put("a"))).isEqualTo(7);
      for (Member member : members) {
        Result.Range read =
            member.services().kv().range(RangeQuery.of(EVERY_KEY), false).get(30, TimeUnit.SECONDS);
        assertThat(read.revision()).isEqualTo(7);
        assertThat(read.kvs()).hasSize(3);
        assertThat(member.members().voters()).hasSize(3);
        assertThat(at(member, 3)).hasSize(3);
      }
    } finally {
      for (Member member : members) {
        member.close();
      }
    }
  }

  @Test
  void anEmptyDirectoryIsFilledAndStays() throws Exception {
    RestoreSettings settings = settings(snapshot(history()), Revisions.ALL);
    Path data = Files.createDirectory(settings.dataDirectory());
    Object key = Files.readAttributes(data, BasicFileAttributes.class).fileKey();
    Files.createDirectories(data.resolve(".restoring/member/history/.unfinished"));
    Restore.run(settings, Progress.NONE);

    assertThat(Files.readAttributes(data, BasicFileAttributes.class).fileKey()).isEqualTo(key);
    assertThat(names(data)).containsExactly("member");
    try (Member member = start(settings)) {
      assertThat(member.store().revision()).isEqualTo(6);
    }
  }

  @Test
  void whatIsRefusedLeavesNothing() throws IOException {
    byte[] file = history().bytes();
    byte[] changed = file.clone();
    changed[9000]++;
    assertRefused(write(changed), "expected sha256 [");
    assertRefused(write(Arrays.copyOf(file, file.length - 32)), "snapshot missing hash but");
    assertRefused(write(Arrays.copyOf(file, file.length - 4096)), "expected sha256 [");
    assertRefused(write(Arrays.copyOf(file, 10)), "snapshot missing hash but");
    assertRefused(write(new byte[0]), "snapshot missing hash but");
    assertRefused(write(new byte[8192 + 32]), "expected sha256 [");
    assertRefused(
        settings(directory.resolve("nofile.db"), Revisions.ALL),
        "open " + directory.resolve("nofile.db") + ": no such file or directory");
    assertRefused(
        settings(snapshot(history().put(9, 0, "z", "1", 7, 3, 0)), Revisions.ALL),
        "revision history: page");
  }

  private RestoreSettings write(byte[] content) throws IOException {
    return settings(Files.write(directory.resolve("s.db"), content), Revisions.ALL);
  }

  @Test
  void aFileWithoutHashIsRestoredIfItIsNotToBeChecked() throws Exception {
    byte[] image = history().image();
    Path bare = Files.write(directory.resolve("db"), image);
    RestoreSettings settings =
        new RestoreSettings(bare, directory.resolve("data"), null, self(), Revisions.ALL, true);
    assertThat(Restore.run(settings, Progress.NONE).changes()).isEqualTo(6);

    Files.write(bare, Arrays.copyOf(image, image.length - 4096));
    RestoreSettings cut =
        new RestoreSettings(bare, directory.resolve("data2"), null, self(), Revisions.ALL, true);
    assertThatThrownBy(() -> Restore.run(cut, Progress.NONE))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("is beyond the end of the file");
    assertThat(directory.resolve("data2")).doesNotExist();
  }

  @Test
  void whatIsInTheWayIsLeftAlone() throws IOException {
    RestoreSettings settings = settings(snapshot(history()), Revisions.ALL);
    Path wal = Files.createDirectory(directory.resolve("w"));
    RestoreSettings withLog =
        new RestoreSettings(
            settings.snapshot(), settings.dataDirectory(), wal, self(), Revisions.ALL, false);
    assertRefused(withLog, "wal-dir \"" + wal + "\" exists");

    Path mine = Files.createDirectories(settings.dataDirectory()).resolve("mine");
    Files.writeString(mine, "x");
    assertThatThrownBy(() -> Restore.run(settings, Progress.NONE))
        .isInstanceOf(RestoreException.class)
        .hasMessage("data-dir \"" + settings.dataDirectory() + "\" not empty or could not be read");
    assertThat(mine).hasContent("x");
    assertThat(names(directory)).containsExactlyInAnyOrder("s.db", "w", "data");
  }

  @Test
  void theLogMayStandInTheDataDirectory() throws Exception {
    Path snapshot = snapshot(history());
    Path present = Files.createDirectory(directory.resolve("present"));
    for (Path data : List.of(directory.resolve("new"), present)) {
      RestoreSettings settings =
          new RestoreSettings(
              snapshot, data, data.resolve("logs/wal"), self(), Revisions.ALL, false);
      Restore.run(settings, Progress.NONE);
      assertThat(names(data)).containsExactly("logs", "member");
      assertThat(names(data.resolve("member"))).containsExactly("history", "identity.properties");
      try (Member member = start(settings)) {
        assertThat(member.store().revision()).isEqualTo(6);
      }
    }
  }

  @Test
  void oneDirectoryIsRestoredOnceAtATime() throws Exception {
    RestoreSettings settings = settings(snapshot(history()), Revisions.ALL);
    List<Throwable> refusals = new ArrayList<>();
    Restore.run(
        settings,
        (step, done, total) -> {
          try {
            Restore.run(settings, Progress.NONE);
          } catch (RestoreException refused) {
            refusals.add(refused);
          }
        });

    assertThat(refusals)
        .isNotEmpty()
        .allSatisfy(
            refused -> assertThat(refused).hasMessageEndingWith("is being restored already"));
    assertThat(names(settings.dataDirectory())).containsExactly("member");
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() throws IOException {
    Path snapshot = snapshot(history());
    assertRefused(
        settings(snapshot, new Revisions(OptionalLong.empty(), 5, false)),
        "--mark-compacted required if --revision-bump > 0");
    assertRefused(
        settings(snapshot, new Revisions(OptionalLong.empty(), 0, true)),
        "--mark-compacted required if --revision-bump > 0");
    assertRefused(
        of(snapshot, new NewMember("x", NewMember.DEFAULT.initialCluster(), "t", peer)),
        "couldn't find local name \"x\" in the initial cluster configuration");
    assertRefused(
        of(
            snapshot,
            new NewMember(
                "default", "default=http://127.0.0.1:25001", "t", "http://localhost:2380")),
        "--initial-cluster has default=http://127.0.0.1:25001 but missing from"
            + " --initial-advertise-peer-urls=http://localhost:2380 (resolved urls:"
            + " \"http://localhost:2380\" != \"http://127.0.0.1:25001\")");
    assertRefused(of(snapshot, new NewMember("x", "nonsense", "t", peer)), "--initial-cluster: ");
    assertRefused(
        of(snapshot, new NewMember("m1", "m1=" + peer, "t", "nonsense")),
        "--initial-advertise-peer-urls: ");
  }

  private RestoreSettings of(Path snapshot, NewMember member) {
    return new RestoreSettings(
        snapshot, directory.resolve("data"), null, member, Revisions.ALL, false);
  }

  private void assertRefused(RestoreSettings settings, String why) throws IOException {
    List<String> before = names(directory);
    assertThatThrownBy(() -> Restore.run(settings, Progress.NONE))
        .isInstanceOf(RestoreException.class)
        .hasMessageStartingWith(why)
        .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("\n"));
    assertThat(names(directory)).isEqualTo(before);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }
}
