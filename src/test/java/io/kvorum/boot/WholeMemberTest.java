package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.boot.IdentityFile.Stage;
import io.kvorum.boot.IdentityFile.Stored;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.ops.HealthChecks.Outcome;
import io.kvorum.ops.HealthChecks.Probe;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.service.ClusterService;
import io.kvorum.testing.Await;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole members in this process, without a container. */
@Timeout(120)
class WholeMemberTest {
  @TempDir Path directory;

  /** The reasons for which members would have ended their process. */
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  @AfterEach
  void onlyRemovedMembersFailed() {
    assertThat(failures).allMatch(RemovedException.class::isInstance);
  }

  @Test
  void aJoinerThatCannotRecordItsJoinDoesNotTakePart() throws Exception {
    String first = Ports.freeUrl().toString();
    String second = Ports.freeUrl().toString();
    try (Member founder = open("m1", first, Map.of("initial-cluster", "m1=" + first))) {
      founder.start();
      long id =
          founder
              .services()
              .cluster()
              .memberAdd(List.of(second), true)
              .get(30, TimeUnit.SECONDS)
              .member()
              .id();
      Map<String, String> settings = joining("m1=%s,m2=%s".formatted(first, second));
      Path inTheWay = directory.resolve("m2/member/identity.properties.new");
      try (Member joiner = open("m2", second, settings)) {
        Files.createDirectory(inTheWay);
        assertThatThrownBy(joiner::start).isInstanceOf(IOException.class);
        assertThat(joiner.peers().members()).as("others that could learn of it").isEmpty();
      }
      Files.delete(inTheWay);
      assertThat(stage("m2")).isEqualTo(Stage.JOINING);
      try (Member joiner = open("m2", second, settings)) {
        joiner.start();
        assertThat(stage("m2")).as("as soon as it takes part").isEqualTo(Stage.MEMBER);
        assertThat(joiner.members().find(id)).isNotNull();
      }
    }
  }

  @Test
  void aJoinerThatDoesNotNameTheLeaderHearsFromItWhatItsSettingsLack() throws Exception {
    String first = Ports.freeUrl().toString();
    String second = Ports.freeUrl().toString();
    String third = Ports.freeUrl().toString();
    try (Member founder = open("m1", first, Map.of("initial-cluster", "m1=" + first))) {
      founder.start();
      ClusterService cluster = founder.services().cluster();
      cluster.memberAdd(List.of(second), true).get(30, TimeUnit.SECONDS);
      String members = "m1=%s,m2=%s".formatted(first, second);
      try (Member follower = open("m2", second, joining(members))) {
        follower.start();
        follower.whenReady().get(30, TimeUnit.SECONDS);
        cluster.memberAdd(List.of(third), false).get(30, TimeUnit.SECONDS);
        String tooFew = "m2=%s,m3=%s".formatted(second, third);
        long start = System.nanoTime();
        assertThatThrownBy(() -> open("m3", third, joining(tooFew)))
            .isInstanceOf(ConfigurationException.class)
            .hasMessageContaining(
                "member count is unequal: --initial-cluster has 2, the cluster has 3");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
      }
    }
  }

  private static Map<String, String> joining(String members) {
    return Map.of("initial-cluster", members, "initial-cluster-state", "existing");
  }

  @Test
  void aRemovedMemberServesNoClientsAndContinuesAloneIfForced() throws Exception {
    String url = Ports.freeUrl().toString();
    Map<String, String> settings = Map.of("initial-cluster", "m1=" + url);
    long id;
    try (Member member = open("m1", url, settings)) {
      member.start();
      put(member, "before");
      id = member.members().members().get(0).id();
      ClusterService cluster = member.services().cluster();
      cluster.memberAdd(List.of(Ports.freeUrl().toString()), false).get(30, TimeUnit.SECONDS);
      cluster.memberRemove(id).get(30, TimeUnit.SECONDS);
      assertThat(member.members().wasRemoved(id)).isTrue();
      Await.until("stage MEMBER", Duration.ofSeconds(30), () -> stage("m1") == Stage.MEMBER);
    }
    try (Member member = open("m1", url, settings)) {
      member.start();
      assertThat(member.isOut()).isTrue();
      assertThat(page(member, "/livez")).startsWith("200 ");
      assertThat(page(member, "/readyz/serializable_read"))
          .isEqualTo(
              "503 [-]serializable_read failed: the member has been removed from the cluster\n\n");
      assertThat(page(member, "/v3/kv/put"))
          .isEqualTo(
              "503 {\"code\":14,\"message\":\"this member has been removed from the cluster\"}");
      assertThat(member.whenReady()).isNotDone();
    }
    Map<String, String> forced =
        Map.of("initial-cluster", "m1=" + url, "force-new-cluster", "true");
    for (Map<String, String> start : List.of(forced, settings)) {
      try (Member member = open("m1", url, start)) {
        member.start();
        assertThat(member.isOut()).isFalse();
        member.whenReady().get(30, TimeUnit.SECONDS);
        assertThat(page(member, "/readyz")).isEqualTo("200 ok\n");
        assertThat(member.members().voters()).containsExactly(id);
        assertThat(member.members().find(id).peerUrls()).containsExactly(url);
        assertThat(member.store().stats().keys()).isEqualTo(1);
        put(member, "before");
      }
    }
  }

  @Test
  void pagesAreAnsweredFromTheOpeningAndRequestsWaitUntilTheMemberIsReady() throws Exception {
    String url = Ports.freeUrl().toString();
    Member member = open("m1", url, Map.of("initial-cluster", "m1=" + url));
    try {
      assertThat(page(member, "/livez")).isEqualTo("200 ok\n");
      assertThat(page(member, "/health"))
          .isEqualTo("503 {\"health\":\"false\",\"reason\":\"STARTING\"}\n");
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(member.clientPort().addresses().get(0))
              .usePlaintext()
              .build();
      try {
        Future<PutResponse> early =
            KVGrpc.newFutureStub(channel)
                .withWaitForReady()
                .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("early")).build());
        member.start();
        member.whenReady().get(30, TimeUnit.SECONDS);
        assertThat(early.get(30, TimeUnit.SECONDS).getHeader().getRevision()).isEqualTo(2);
        assertThat(page(member, "/readyz")).isEqualTo("200 ok\n");
        assertThat(page(member, "/metrics"))
            .contains("\netcd_server_has_leader 1\n", "\nkvorum_phase{phase=\"serving\"} 1\n");
      } finally {
        channel.shutdownNow();
      }
    } finally {
      member.close();
    }
    assertThat(member.pages().asAWhole(Probe.LIVEZ).join()).isEmpty();
    assertThat(member.pages().inPart(Probe.READYZ).join()).noneMatch(Outcome::isOk);
  }

  @Test
  void aMemberThatLeadsBacksUpOnItsSchedule() throws Exception {
    String url = Ports.freeUrl().toString();
    Path backups = directory.resolve("backups");
    Map<String, String> settings =
        Map.of(
            "initial-cluster",
            "m1=" + url,
            "backup-interval",
            "1h",
            "backup-dir",
            backups.toString());
    try (Member member = open("m1", url, settings)) {
      member.start();
      Await.until(
          "a backup",
          Duration.ofSeconds(30),
          () -> page(member, "/metrics").contains("kvorum_backups_total{result=\"success\"} 1\n"));
      String cluster = Long.toHexString(member.services().headers().withoutRevision().clusterId());
      try (Stream<Path> files = Files.list(backups)) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .singleElement()
            .asString()
            .matches("kvorum-" + cluster + "-\\d{8}T\\d{6}Z-1\\.db");
      }
    }
  }

  /** Status and body of a page of the client port. */
  private static String page(Member member, String path) throws Exception {
    InetSocketAddress address = member.clientPort().addresses().get(0);
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path))
                    .timeout(Duration.ofSeconds(30))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static void put(Member member, String key) throws Exception {
    Command.Put put = Command.Put.of(Bytes.utf8(key), Bytes.utf8("1"));
    assertThat(member.services().kv().put(put).get(30, TimeUnit.SECONDS)).isNotNull();
  }

  private Stage stage(String name) {
    try {
      Optional<Stored> stored =
          new IdentityFile(directory.resolve(name).resolve("member")).load(name);
      return stored.orElseThrow().stage();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Member open(String name, String peerUrl, Map<String, String> others) throws IOException {
    Map<String, String> flags = new HashMap<>(others);
    flags.put("name", name);
    flags.put("data-dir", directory.resolve(name).toString());
    flags.put("listen-client-urls", Ports.freeUrl().toString());
    flags.put("listen-peer-urls", peerUrl);
    flags.put("initial-advertise-peer-urls", peerUrl);
    flags.put("strict-reconfig-check", "false");
    return Member.open(MemberConfig.fromFlags(flags::get), failures::add);
  }
}
