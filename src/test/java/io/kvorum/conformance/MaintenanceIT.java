package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.kvorum.testing.FileScan;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SteadyWriter;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hashes, snapshots, quota and defragmentation of a member of its own, by both faces. */
@Timeout(300)
final class MaintenanceIT {
  @TempDir private Path directory;
  private ServerProcess server;
  private Etcdctl etcdctl;

  private void start(String... flags) throws Exception {
    server =
        ServerProcess.start(
            ServerKind.KVORUM,
            directory.resolve("data"),
            List.of(flags),
            Map.of("JVM_ARGS", "-Xmx192m"));
    etcdctl = new Etcdctl(server.endpoint());
  }

  @AfterEach
  void stop() throws InterruptedException {
    server.close();
  }

  private void put(String key, int bytes) {
    etcdctl.okWithInput("x".repeat(bytes), "put", key);
  }

  private long status(String field) {
    return Etcdctl.field(field, etcdctl.ok("endpoint", "status", "-w", "fields"));
  }

  @Test
  void hashesAreThoseOfEtcd() throws Exception {
    start();
    etcdctl.ok("put", "foo", "bar");
    etcdctl.ok("put", "foo", "bar2");
    etcdctl.ok("put", "a", "1");
    etcdctl.ok("del", "foo");
    assertThat(etcdctl.ok("endpoint", "hashkv")).contains(", 3966920819");
    assertThat(etcdctl.ok("endpoint", "hashkv", "--rev", "3")).contains(", 3581052765");
    assertThat(etcdctl.run("endpoint", "hashkv", "--rev", "9").err())
        .contains("required revision is a future revision");

    JsonGateway gateway = new JsonGateway(server.endpoint());
    JsonObject hash = gateway.postForBody("/v3/maintenance/hashkv", "{\"revision\":\"2\"}");
    assertThat(hash.get("hash").getAsLong()).isEqualTo(3_305_255_506L);
    assertThat(hash.get("compact_revision").getAsString()).isEqualTo("-1");
    assertThat(hash.get("hash_revision").getAsString()).isEqualTo("2");
    assertThat(gateway.postForBody("/v3/maintenance/hash", "{}").get("hash").getAsLong())
        .isPositive();
  }

  @Test
  void withoutTheGateWhatACompactionFoundIsNotKept() throws Exception {
    start();
    for (String value : List.of("1", "2", "3")) {
      etcdctl.ok("put", "a", value);
    }
    etcdctl.ok("compact", "--physical", "3");
    assertThat(etcdctl.ok("endpoint", "hashkv", "--rev", "3", "-w", "json"))
        .contains("\"compact_revision\":3}");
    etcdctl.ok("compact", "--physical", "4");
    assertThat(etcdctl.run("endpoint", "hashkv", "--rev", "3").err())
        .contains("required revision has been compacted");
  }

  @Test
  void aSnapshotIsAStreamOfJsonToo() throws Exception {
    start();
    put("key", 50_000);
    String stream = new JsonGateway(server.endpoint()).post("/v3/maintenance/snapshot", "{}");
    List<JsonObject> parts = stream.lines().map(Json::object).toList();
    long bytes = 0;
    for (JsonObject part : parts) {
      JsonObject result = part.getAsJsonObject("result");
      bytes += Base64.getDecoder().decode(result.get("blob").getAsString()).length;
      assertThat(result.get("version").getAsString()).isEqualTo("3.7.0");
    }
    assertThat(bytes % 4096).isEqualTo(32);
    assertThat(bytes).isGreaterThan(50_000);
  }

  @Test
  void aFullQuotaIsLeftByCompactionAlone() throws Exception {
    start("--quota-backend-bytes=53248");
    put("small", 100);
    int puts = 0;
    while (etcdctl.runWithInput("y".repeat(1_000), "put", "filler").status() == 0) {
      puts++;
    }
    assertThat(puts).isBetween(10, 60);
    assertThat(etcdctl.ok("alarm", "list")).contains("alarm:NOSPACE");
    etcdctl.ok("compact", Long.toString(etcdctl.revision()));
    etcdctl.ok("alarm", "disarm");
    put("filler", 1_000);
    assertThat(etcdctl.ok("alarm", "list")).isEmpty();
    assertThat(etcdctl.ok("get", "small", "--print-value-only")).hasSize(101);
  }

  @Test
  void defragmentationGivesTheDiskBackWhileTheStoreIsUsed() throws Exception {
    start();
    for (int i = 0; i < 40; i++) {
      put("large" + i, 1_000_000);
    }
    etcdctl.ok("del", "large", "--prefix");
    etcdctl.ok("compact", "--physical", Long.toString(etcdctl.revision()));
    long before = historyBytes();
    try (SteadyWriter writer = new SteadyWriter(List.of(server.endpoint()))) {
      writer.awaitMore(1);
      assertThat(etcdctl.ok("defrag", "--command-timeout=60s"))
          .startsWith("Finished defragmenting etcd member[");
      writer.awaitMore(1);
      writer.stop();
      writer.assertNothingLost(server.endpoint());
    }
    assertThat(historyBytes()).isLessThan(before / 2);
    assertThat(status("DBSize")).isLessThan(before / 2);
    long revision = etcdctl.revision();
    long hash = Long.parseLong(etcdctl.ok("endpoint", "hashkv").split(", ")[1].strip());

    server.kill();
    start();
    assertThat(etcdctl.revision()).isEqualTo(revision);
    assertThat(etcdctl.ok("endpoint", "hashkv")).contains(", " + hash);
  }

  private long historyBytes() throws Exception {
    long bytes = 0;
    for (Path file : FileScan.files(directory.resolve("data/member"))) {
      if (file.toString().contains("/history")) {
        bytes += FileScan.size(file);
      }
    }
    return bytes;
  }
}
