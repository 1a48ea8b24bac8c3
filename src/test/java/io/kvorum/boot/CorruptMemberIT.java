package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.Alarm;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.ChangedValue;
import io.kvorum.testing.Channels;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three members in this process, of which one finds another value in its store than it wrote: its
 * disk was changed while it did not run, checksums included.
 */
@Timeout(180)
final class CorruptMemberIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String INTERVAL = "500ms";

  @TempDir private Path directory;

  private final List<URI> peers = List.of(Ports.freeUrl(), Ports.freeUrl(), Ports.freeUrl());
  private final List<URI> clients = List.of(Ports.freeUrl(), Ports.freeUrl(), Ports.freeUrl());
  private final List<Member> members = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /** Founds the cluster, writes, and changes what the third member has, which does not run then. */
  @BeforeEach
  void damageTheThird() throws Exception {
    for (int i = 0; i < 3; i++) {
      members.add(open(i, checks()));
    }
    for (Member member : members) {
      member.start();
    }
    put("key", "1");
    put("key", "2");
    put("other", "3");
    Await.until("all", SOON, () -> members.stream().allMatch(m -> m.store().revision() == 4));
    members.remove(2).close();
    ChangedValue.of("key", directory.resolve("m3"));
  }

  @AfterEach
  void stopAll() throws IOException {
    for (Member member : members) {
      member.close();
    }
    assertThat(failures).isEmpty();
  }

  private static Map<String, String> checks() {
    return Map.of(
        "corrupt-check-time",
        INTERVAL,
        "compact-hash-check-time",
        INTERVAL,
        "feature-gates",
        "CompactHashCheck=true");
  }

  @Test
  void itDoesNotStartIfItComparesItsStoreBefore() throws Exception {
    Map<String, String> flags = new HashMap<>(settings(2, Map.of()));
    flags.put("feature-gates", "InitialCorruptCheck=true");
    List<String> arguments =
        flags.entrySet().stream()
            .map(flag -> "--" + flag.getKey() + "=" + flag.getValue())
            .toList();
    try (ServerProcess process = ServerProcess.kvorum(arguments.toArray(new String[0]))) {
      assertThat(process.awaitExit()).isEqualTo(1);
      assertThat(process.complaints()).hasSize(1);
      assertThat(process.complaints().get(0))
          .contains("error OwnProcess: m3 (")
          .contains(") found data inconsistency with peers: at revision 4, never compacted")
          .contains("m1 (")
          .contains("m2 (")
          .contains("replace the member that differs from the majority");
    }
    assertThat(leader().services().maintenance().alarms()).isEmpty();
    for (Member member : members) {
      member.close();
    }
    members.clear();
    List<CompletableFuture<Member>> atTheSameTime =
        Stream.of(0, 1).map(i -> CompletableFuture.supplyAsync(() -> startComparing(i))).toList();
    for (CompletableFuture<Member> start : atTheSameTime) {
      members.add(start.get(60, TimeUnit.SECONDS));
    }
    for (Member member : members) {
      member.whenReady().get(30, TimeUnit.SECONDS);
    }
  }

  private Member startComparing(int index) {
    try {
      Member member = open(index, Map.of("feature-gates", "InitialCorruptCheck=true"));
      member.start();
      return member;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theLeaderFindsItAndWritesAreRefusedUntilItIsReplaced() throws Exception {
    Member third = open(2, checks());
    members.add(third);
    third.start();
    Alarm alarm = new Alarm(idOf("m3"), Alarm.Kind.CORRUPT);
    awaitAlarm(alarm);
    assertThatThrownBy(() -> put("key", "refused"))
        .hasMessageContaining("etcdserver: corrupt cluster");
    assertThatThrownBy(this::compact).hasMessageContaining("etcdserver: corrupt cluster");
    assertThat(get("other")).isEqualTo("3");
    for (URI client : clients) {
      assertThat(page(client, "/health"))
          .isEqualTo("503 {\"health\":\"false\",\"reason\":\"ALARM CORRUPT\"}\n");
      assertThat(page(client, "/readyz"))
          .startsWith("503 [-]data_corruption failed: alarm activated: CORRUPT\n");
    }
    leader().services().maintenance().deactivate(alarm).get(30, TimeUnit.SECONDS);
    awaitAlarm(alarm);
    third.close();
    members.remove(third);
    leader().services().cluster().memberRemove(alarm.memberId()).get(30, TimeUnit.SECONDS);
    leader().services().maintenance().deactivate(alarm).get(30, TimeUnit.SECONDS);
    put("key", "4");
    Member replacement = joinAsThird();
    members.add(replacement);
    replacement.start();
    Await.until("its store", SOON, () -> replacement.store().revision() == 5);
    leader().services().corruptionChecks().compareStores().get(30, TimeUnit.SECONDS);
    assertThat(leader().services().maintenance().alarms()).isEmpty();
    put("key", "5");
  }

  private Member joinAsThird() throws Exception {
    leader()
        .services()
        .cluster()
        .memberAdd(List.of(peers.get(2).toString()), false)
        .get(30, TimeUnit.SECONDS);
    Map<String, String> flags = new HashMap<>(checks());
    flags.put("data-dir", directory.resolve("m3-again").toString());
    flags.put("initial-cluster-state", "existing");
    return open(2, flags);
  }

  @Test
  void theLeaderFindsItByWhatACompactionFound() throws Exception {
    Map<String, String> compactionsOnly = new HashMap<>(checks());
    compactionsOnly.put("corrupt-check-time", "0");
    for (int i = 0; i < 2; i++) {
      members.remove(0).close();
      Member member = open(i, compactionsOnly);
      members.add(member);
      member.start();
    }
    Member third = open(2, compactionsOnly);
    members.add(third);
    third.start();
    put("key", "4");
    assertThat(compact()).isEqualTo(5);
    Alarm alarm = new Alarm(idOf("m3"), Alarm.Kind.CORRUPT);
    awaitAlarm(alarm);
    leader().services().maintenance().deactivate(alarm).get(30, TimeUnit.SECONDS);
    awaitAlarm(alarm);
  }

  private void awaitAlarm(Alarm alarm) {
    Await.until(
        "the alarm on all members",
        SOON,
        () ->
            members.stream()
                .allMatch(m -> m.services().maintenance().alarms().equals(List.of(alarm))));
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

  private Member leader() {
    return Await.answer(
        "a leader",
        SOON,
        () ->
            members.stream()
                .filter(member -> member.consensus().status().isLeader())
                .findFirst()
                .orElseThrow());
  }

  private long idOf(String name) {
    return leader().members().members().stream()
        .filter(member -> member.name().equals(name))
        .findFirst()
        .orElseThrow()
        .id();
  }

  private interface Call<T> {
    T on(KVGrpc.KVBlockingStub kv);
  }

  /** Calls the first member, as a client does. */
  private <T> T call(Call<T> call) {
    ManagedChannel channel = Channels.to(clients.get(0));
    try {
      return call.on(
          KVGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(30, TimeUnit.SECONDS));
    } finally {
      channel.shutdownNow();
    }
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private void put(String key, String value) {
    long revision =
        call(
            kv ->
                kv.put(PutRequest.newBuilder().setKey(utf8(key)).setValue(utf8(value)).build())
                    .getHeader()
                    .getRevision());
    assertThat(revision).isGreaterThan(1);
  }

  private String get(String key) {
    return call(kv -> kv.range(RangeRequest.newBuilder().setKey(utf8(key)).build()))
        .getKvs(0)
        .getValue()
        .toStringUtf8();
  }

  /** To the current revision, which it returns. */
  private long compact() {
    long revision = leader().store().revision();
    return call(
        kv ->
            kv.compact(CompactionRequest.newBuilder().setRevision(revision).build())
                .getHeader()
                .getRevision());
  }

  private Member open(int index, Map<String, String> others) throws IOException {
    return Member.open(MemberConfig.fromFlags(settings(index, others)::get), failures::add);
  }

  private Map<String, String> settings(int index, Map<String, String> others) {
    Map<String, String> flags = new HashMap<>();
    flags.put("name", nameOf(index));
    flags.put("data-dir", directory.resolve(nameOf(index)).toString());
    flags.put("listen-client-urls", clients.get(index).toString());
    flags.put("advertise-client-urls", clients.get(index).toString());
    flags.put("listen-peer-urls", peers.get(index).toString());
    flags.put("initial-advertise-peer-urls", peers.get(index).toString());
    flags.put(
        "initial-cluster",
        IntStream.range(0, 3)
            .mapToObj(i -> nameOf(i) + "=" + peers.get(i))
            .collect(Collectors.joining(",")));
    flags.put("strict-reconfig-check", "false");
    flags.putAll(others);
    return flags;
  }

  private static String nameOf(int index) {
    return "m" + (index + 1);
  }
}
