package io.kvorum.boot.restore;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.ManagedChannel;
import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotStatus;
import io.kvorum.conformance.Etcdctl;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random histories of Kvorum, saved by a stock etcdctl, restored into a stock etcd 3.4, used there,
 * and brought back.
 */
@Paired
@Timeout(600)
final class SnapshotExchangeIT {
  private static final int STEPS = 1_500;

  @TempDir private Path directory;

  /** What clients read of a server. */
  private record Seen(StoreContent content, Map<Long, Integer> hashes) {}

  @Test
  void aSnapshotGoesToEtcdAndBack() throws Exception {
    Path saved = directory.resolve("kvorum.db");
    long compacted;
    Seen before;
    try (ServerProcess kvorum =
        ServerProcess.start(
            ServerKind.KVORUM,
            directory.resolve("kvorum"),
            List.of(),
            Map.of("JVM_ARGS", "-Xmx192m"))) {
      ManagedChannel channel = Channels.to(kvorum.endpoint());
      try {
        RandomHistory history = new RandomHistory(channel, new Random(5));
        history.write(STEPS);
        compacted = history.compacted();
        before = seen(channel, compacted);
        save(kvorum.endpoint(), saved);
      } finally {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    }
    checkStatus(saved);

    Path back = directory.resolve("etcd.db");
    Seen after;
    long later = (before.content().revision() + Math.max(1, compacted)) / 2;
    Path data = directory.resolve("etcd");
    restoreByEtcdctl(saved, data);
    try (ServerProcess etcd = ServerProcess.start(ServerKind.ETCD, data, List.of(), Map.of())) {
      ManagedChannel channel = Channels.to(etcd.endpoint());
      try {
        assertThat(seen(channel, compacted)).isEqualTo(before);
        // Both change the pages that Kvorum has written.
        compact(channel, later);
        MaintenanceGrpc.newBlockingStub(channel).defragment(DefragmentRequest.getDefaultInstance());
        after = seen(channel, later);
        assertThat(after.content().states().get(later))
            .isEqualTo(before.content().states().get(later));
        save(etcd.endpoint(), back);
      } finally {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    }

    assertThat(restored(back, later)).isEqualTo(after);
  }

  private static void compact(ManagedChannel channel, long revision) {
    KVGrpc.newBlockingStub(channel)
        .compact(CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build());
  }

  private static Seen seen(ManagedChannel channel, long compacted) {
    StoreContent content = StoreContent.of(channel, compacted);
    Map<Long, Integer> hashes = new TreeMap<>();
    // At the compact revision itself etcd may answer with a hash of before the compaction.
    for (long at = Math.max(compacted, 1) + 1; at <= content.revision(); at += 17) {
      hashes.put(at, hash(channel, at));
    }
    hashes.put(0L, hash(channel, 0));
    return new Seen(content, hashes);
  }

  private static int hash(ManagedChannel channel, long revision) {
    HashKVResponse answer =
        MaintenanceGrpc.newBlockingStub(channel)
            .hashKV(HashKVRequest.newBuilder().setRevision(revision).build());
    return answer.getHash();
  }

  private static void save(URI endpoint, Path file) {
    new Etcdctl(endpoint).ok("snapshot", "save", file.toString());
  }

  private static void restoreByEtcdctl(Path file, Path data) {
    new Etcdctl(URI.create("http://127.0.0.1:1"))
        .ok("snapshot", "restore", file.toString(), "--data-dir", data.toString());
  }

  private static void checkStatus(Path file) throws Exception {
    JsonObject stock =
        JsonParser.parseString(
                new Etcdctl(URI.create("http://127.0.0.1:1"))
                    .ok("snapshot", "status", file.toString(), "-w", "json"))
            .getAsJsonObject();
    SnapshotStatus own = SnapshotStatus.of(file, Progress.NONE);
    assertThat(stock.get("hash").getAsLong()).isEqualTo(own.hash());
    assertThat(stock.get("revision").getAsLong()).isEqualTo(own.revision());
    assertThat(stock.get("totalKey").getAsLong()).isEqualTo(own.entries());
    assertThat(stock.get("totalSize").getAsLong()).isEqualTo(own.bytes());
  }

  private Seen restored(Path file, long compacted) throws Exception {
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    Path data = directory.resolve("back");
    RestoreSettings.NewMember member =
        new RestoreSettings.NewMember("m0", "m0=" + peer, "etcd-cluster", peer.toString());
    Restore.run(
        new RestoreSettings(file, data, null, member, RestoreSettings.Revisions.ALL, false),
        Progress.NONE);
    try (ServerProcess kvorum =
        ServerProcess.start(
            ServerKind.KVORUM, data, client, peer, List.of(), Map.of("JVM_ARGS", "-Xmx192m"))) {
      ManagedChannel channel = Channels.to(kvorum.endpoint());
      try {
        return seen(channel, compacted);
      } finally {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    }
  }
}
