package io.kvorum.boot;

import static io.kvorum.boot.ThreeMembers.alarmsOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.kvorum.model.Alarm;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.service.Services;
import io.kvorum.testing.ChangedValue;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of which one member finds another value in its store than it wrote: its disk was
 * changed while it did not run, checksums included.
 */
@Timeout(180)
final class CorruptMemberIT {
  private static final int THIRD = 2;

  private static final Map<String, String> CHECKS =
      Map.of(
          "corrupt-check-time",
          "500ms",
          "compact-hash-check-time",
          "500ms",
          "feature-gates",
          "CompactHashCheck=true");
  private static final Map<String, String> CHECK_BEFORE_START =
      Map.of("feature-gates", "InitialCorruptCheck=true");

  @TempDir private Path directory;
  private ThreeMembers cluster;

  /** Founds the cluster, writes, and changes what the third member has, which does not run then. */
  @BeforeEach
  void damageTheThird() throws Exception {
    cluster = new ThreeMembers(directory);
    cluster.found(CHECKS);
    put("key", "1");
    put("key", "2");
    put("other", "3");
    cluster.awaitRevision(4);
    cluster.stop(cluster.running().get(THIRD));
    ChangedValue.of("key", cluster.dataDirectory(THIRD));
  }

  @AfterEach
  void stopAll() throws IOException {
    cluster.close();
  }

  @Test
  void itDoesNotStartIfItComparesItsStoreBefore() throws Exception {
    Map<String, String> flags = new HashMap<>(CHECK_BEFORE_START);
    flags.put("kvorum-admin-url", Ports.freeUrl().toString());
    String[] arguments =
        cluster.settings(THIRD, flags).entrySet().stream()
            .map(flag -> "--" + flag.getKey() + "=" + flag.getValue())
            .toArray(String[]::new);
    try (ServerProcess process = ServerProcess.kvorum(arguments)) {
      assertThat(process.awaitExit()).isEqualTo(1);
      assertThat(process.complaints()).hasSize(1);
      assertThat(process.complaints().get(0))
          .contains("error OwnProcess: m3 (")
          .contains(") found data inconsistency with peers: at revision 4, never compacted")
          .contains("m1 (")
          .contains("m2 (")
          .contains("replace the member that differs from the majority");
    }
    assertThat(alarmsOf(cluster.leader())).isEmpty();
  }

  @Test
  void membersThatStartAtTheSameTimeDoNotWaitForEachOther() throws Exception {
    for (Member member : cluster.running()) {
      cluster.stop(member);
    }
    List<CompletableFuture<Member>> starts =
        Stream.of(0, 1).map(i -> CompletableFuture.supplyAsync(() -> startComparing(i))).toList();
    for (CompletableFuture<Member> start : starts) {
      cluster.add(start.get(60, TimeUnit.SECONDS));
    }
    for (Member member : cluster.running()) {
      member.whenReady().get(30, TimeUnit.SECONDS);
    }
  }

  private Member startComparing(int index) {
    try {
      Member member = cluster.open(index, CHECK_BEFORE_START);
      member.start();
      return member;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theLeaderFindsItAndWritesAreRefusedUntilItIsReplaced() throws Exception {
    Member third = cluster.start(THIRD, CHECKS);
    Alarm alarm = new Alarm(cluster.idOf(THIRD), Alarm.Kind.CORRUPT);
    cluster.awaitAlarm(alarm);
    assertThatThrownBy(() -> put("key", "refused"))
        .hasMessageContaining("etcdserver: corrupt cluster");
    assertThatThrownBy(this::compact).hasMessageContaining("etcdserver: corrupt cluster");
    assertThat(get("other")).isEqualTo("3");
    for (URI client : cluster.clients()) {
      assertThat(page(client, "/health"))
          .isEqualTo("503 {\"health\":\"false\",\"reason\":\"ALARM CORRUPT\"}\n");
      assertThat(page(client, "/readyz"))
          .startsWith("503 [-]data_corruption failed: alarm activated: CORRUPT\n");
    }
    disarm(alarm);
    cluster.awaitAlarm(alarm);

    cluster.stop(third);
    leading().cluster().memberRemove(alarm.memberId()).get(30, TimeUnit.SECONDS);
    disarm(alarm);
    put("key", "4");
    Map<String, String> fresh = new HashMap<>(CHECKS);
    fresh.put("data-dir", directory.resolve("m3-again").toString());
    fresh.put("initial-cluster-state", "existing");
    leading()
        .cluster()
        .memberAdd(List.of(cluster.peer(THIRD).toString()), false)
        .get(30, TimeUnit.SECONDS);
    Member replacement = cluster.start(THIRD, fresh);
    cluster.awaitRevision(5);
    assertThat(replacement.store().revision()).isEqualTo(5);
    leading().corruptionChecks().compareStores().get(30, TimeUnit.SECONDS);
    assertThat(alarmsOf(cluster.leader())).isEmpty();
    put("key", "5");
  }

  @Test
  void theLeaderFindsItByWhatACompactionFound() throws Exception {
    Map<String, String> compactionsOnly = new HashMap<>(CHECKS);
    compactionsOnly.put("corrupt-check-time", "0");
    for (Member member : cluster.running()) {
      cluster.stop(member);
    }
    for (int i = 0; i < 3; i++) {
      cluster.start(i, compactionsOnly);
    }
    put("key", "4");
    assertThat(compact()).isEqualTo(5);
    Alarm alarm = new Alarm(cluster.idOf(THIRD), Alarm.Kind.CORRUPT);
    cluster.awaitAlarm(alarm);
    disarm(alarm);
    cluster.awaitAlarm(alarm);
  }

  private Services leading() {
    return cluster.leader().services();
  }

  private void disarm(Alarm alarm) throws Exception {
    leading().maintenance().deactivate(alarm).get(30, TimeUnit.SECONDS);
  }

  /** Status and body of a page. */
  private static String page(URI client, String path) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(client.resolve(path))
                    .timeout(Duration.ofSeconds(30))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private void put(String key, String value) {
    PutRequest put = PutRequest.newBuilder().setKey(utf8(key)).setValue(utf8(value)).build();
    assertThat(cluster.call(0, kv -> kv.put(put)).getHeader().getRevision()).isGreaterThan(1);
  }

  private String get(String key) {
    return cluster
        .call(0, kv -> kv.range(RangeRequest.newBuilder().setKey(utf8(key)).build()))
        .getKvs(0)
        .getValue()
        .toStringUtf8();
  }

  /** To the current revision, which it returns. */
  private long compact() {
    long revision = cluster.leader().store().revision();
    return cluster
        .call(0, kv -> kv.compact(CompactionRequest.newBuilder().setRevision(revision).build()))
        .getHeader()
        .getRevision();
  }
}
