package io.kvorum.boot.restore;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.ManagedChannel;
import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotStatus;
import io.kvorum.boot.restore.RestoreSettings.NewMember;
import io.kvorum.boot.restore.RestoreSettings.Revisions;
import io.kvorum.conformance.Etcdctl;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Histories of a stock etcd 3.4, restored from what it saves: all that its clients could read is
 * read again, at every revision.
 */
@Paired
@Timeout(600)
final class EtcdSnapshotIT {
  private static final int STEPS = 700;

  @TempDir private Path directory;

  @Test
  void whatAnEtcdHasSavedIsServedAtEveryRevision() throws Exception {
    for (long seed = 1; seed <= 2; seed++) {
      Path own = Files.createDirectory(directory.resolve("seed" + seed));
      Path snapshot = own.resolve("s.db");
      Saved saved = saved(own, snapshot, seed);

      checkStatus(snapshot);
      assertThat(restored(own.resolve("all"), snapshot, Revisions.ALL, saved.compacted()))
          .as("seed %d", seed)
          .isEqualTo(saved.content());

      long earlier = (Math.max(saved.compacted(), 1) + saved.content().revision()) / 2;
      StoreContent before =
          restored(
              own.resolve("earlier"),
              snapshot,
              new Revisions(OptionalLong.of(earlier), 0, false),
              saved.compacted());
      assertThat(before.states())
          .as("seed %d, as of %d", seed, earlier)
          .isEqualTo(saved.upTo(earlier));
      assertThat(before.leases().keySet()).isEqualTo(saved.content().leases().keySet());
    }
  }

  @Test
  void aCopyOfTheDatabaseOfAnEtcdThatWasKilledIsRestored() throws Exception {
    Path snapshot = directory.resolve("s.db");
    Saved saved = saved(directory, snapshot, 3);
    Path copy = directory.resolve("etcd/member/snap/db");

    StoreContent content =
        restored(directory.resolve("copy"), copy, Revisions.ALL, saved.compacted());
    assertThat(content.states()).isEqualTo(saved.content().states());
  }

  /** What clients read of an etcd before it was killed. */
  private record Saved(StoreContent content, long compacted) {
    Map<Long, List<KeyValue>> upTo(long revision) {
      Map<Long, List<KeyValue>> states = new TreeMap<>(content.states());
      states.keySet().removeIf(at -> at > revision);
      return states;
    }
  }

  private static Saved saved(Path place, Path snapshot, long seed) throws Exception {
    ServerProcess etcd =
        ServerProcess.start(ServerKind.ETCD, place.resolve("etcd"), List.of(), Map.of());
    ManagedChannel channel = Channels.to(etcd.endpoint());
    try {
      RandomHistory history = new RandomHistory(channel, new Random(seed));
      history.write(STEPS);
      StoreContent content = StoreContent.of(channel, history.compacted());
      assertThat(content.revision()).as("seed %d", seed).isGreaterThan(STEPS / 2);
      new Etcdctl(etcd.endpoint()).ok("snapshot", "save", snapshot.toString());
      return new Saved(content, history.compacted());
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      etcd.kill();
    }
  }

  private static StoreContent restored(
      Path data, Path snapshot, Revisions revisions, long compacted) throws Exception {
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    NewMember member = new NewMember("m0", "m0=" + peer, "etcd-cluster", peer.toString());
    boolean isBare = snapshot.endsWith("db");
    Restore.Restored made =
        Restore.run(
            new RestoreSettings(snapshot, data, null, member, revisions, isBare), Progress.NONE);
    assertThat(made.compactedRevision()).isEqualTo(compacted);
    try (ServerProcess server =
        ServerProcess.start(
            ServerKind.KVORUM, data, client, peer, List.of(), Map.of("JVM_ARGS", "-Xmx192m"))) {
      ManagedChannel channel = Channels.to(server.endpoint());
      try {
        return StoreContent.of(channel, compacted);
      } finally {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    }
  }

  private static void checkStatus(Path snapshot) throws Exception {
    Etcdctl etcdctl = new Etcdctl(URI.create("http://127.0.0.1:1"));
    JsonObject expected =
        JsonParser.parseString(etcdctl.ok("snapshot", "status", snapshot.toString(), "-w", "json"))
            .getAsJsonObject();
    SnapshotStatus status = SnapshotStatus.of(snapshot, Progress.NONE);
    ToLongFunction<String> field = name -> expected.get(name).getAsLong();
    assertThat(status.hash()).isEqualTo(field.applyAsLong("hash"));
    assertThat(status.revision()).isEqualTo(field.applyAsLong("revision"));
    assertThat(status.entries()).isEqualTo(field.applyAsLong("totalKey"));
    assertThat(status.bytes()).isEqualTo(field.applyAsLong("totalSize"));
  }
}
