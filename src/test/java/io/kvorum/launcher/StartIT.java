package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a member says of itself until it is ready, through the real launcher. */
@Timeout(900)
final class StartIT {
  private static final String READY = "ready to serve client requests";

  /** What goes by this timeout lasts long enough to be seen on a busy machine. */
  private static final List<String> PATIENT =
      List.of("--heartbeat-interval=500", "--election-timeout=5000");

  private static final int TRANSACTIONS = 40;
  private static final int PUTS_EACH = 1_000;

  @TempDir private Path directory;

  @Test
  void pagesTellTheTruthWhileALongLogIsReplayed() throws Exception {
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    Path data = directory.resolve("m");
    List<String> flags = List.of("--max-txn-ops=" + PUTS_EACH, "--kvorum-admin-url=");
    try (ServerProcess member =
        ServerProcess.start(ServerKind.KVORUM, data, client, peer, flags, Map.of())) {
      fill(client);
      member.kill();
    }
    // Interpreted, the JVM takes seconds where compiled code takes a fraction of one.
    Map<String, String> slow = Map.of("JVM_ARGS", "-Xint -Xmx512m");
    try (PageWatch pages = new PageWatch(client);
        ServerProcess member =
            ServerProcess.launch(ServerKind.KVORUM, data, client, peer, flags, slow)) {
      pages.awaitFirstAnswer();
      long keys = countOfKeys(client);
      member.awaitReady();
      pages.awaitReady();
      pages.stop();
      assertThat(keys).as("seen by a call that came early").isEqualTo(TRANSACTIONS * PUTS_EACH);
      assertThat(pages.seen())
          .contains(
              "/livez 200 ok",
              "/readyz 503 [-]non_learner failed: the member is recovering",
              "/health 503 {\"health\":\"false\",\"reason\":\"RECOVERING\"}",
              "/version 200")
          .noneMatch(answer -> answer.startsWith("/livez 503"))
          .noneMatch(answer -> answer.startsWith("/version 5"));
      assertThat(pages.returnedFromReady()).isEmpty();
    }
  }

  /** Many entries of many puts each. */
  private static void fill(URI client) {
    ManagedChannel channel = Channels.to(client);
    try {
      for (int i = 0; i < TRANSACTIONS; i++) {
        TxnRequest.Builder txn = TxnRequest.newBuilder();
        for (int k = 0; k < PUTS_EACH; k++) {
          txn.addSuccess(
              RequestOp.newBuilder()
                  .setRequestPut(
                      PutRequest.newBuilder()
                          .setKey(ByteString.copyFromUtf8("key/" + i + "/" + k))
                          .setValue(ByteString.copyFrom(new byte[64]))));
        }
        KVGrpc.newBlockingStub(channel).withDeadlineAfter(1, TimeUnit.MINUTES).txn(txn.build());
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private static long countOfKeys(URI client) {
    ManagedChannel channel = Channels.to(client);
    try {
      return KVGrpc.newBlockingStub(channel)
          .withWaitForReady()
          .withDeadlineAfter(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .range(
              RangeRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8("key/"))
                  .setRangeEnd(ByteString.copyFromUtf8("key0"))
                  .setCountOnly(true)
                  .build())
          .getCount();
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void oneOfThreeWaitsForALeaderAndIsReadyOnceASecondOneIsThere() throws Exception {
    try (LocalCluster cluster = new LocalCluster(PATIENT, LocalCluster.smallHeap())) {
      LocalMember first = cluster.prepare("m1");
      LocalMember second = cluster.prepare("m2");
      cluster.prepare("m3");
      try (PageWatch pages = new PageWatch(first.client())) {
        ServerProcess alone = cluster.start(first, "new");
        Await.until(
            "it says for what it waits" + alone.lastOutput(),
            ServerProcess.PATIENCE,
            () ->
                alone.stderr().stream()
                    .anyMatch(
                        line ->
                            line.contains(
                                "listening on ["
                                    + first.client()
                                    + "], waiting for a leader: 1 of 3 members reachable,"
                                    + " 2 needed")));
        // What gives itself some seconds to find a leader goes on without one.
        Await.until(
            "its container does not wait for ever",
            ServerProcess.PATIENCE,
            () -> alone.stderr().stream().anyMatch(line -> line.contains("Open Liberty has")));
        assertThat(alone.stderr()).noneMatch(line -> line.contains(READY));
        assertThat(pages.seen())
            .contains("/livez 200 ok", "/livez/serializable_read 200 ok", "/version 200")
            .contains("/health 503 {\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}")
            .anyMatch(answer -> answer.startsWith("/readyz 503 "))
            .noneMatch(answer -> answer.matches("/(readyz|health) 200.*"))
            .noneMatch(answer -> answer.startsWith("/livez 503"));

        ServerProcess company = cluster.start(second, "new");
        alone.awaitReady();
        company.awaitReady();
        pages.awaitReady();
        stopsWhileTheOtherDoesNotAnswer(cluster);
      }
    }
  }

  /** Its leader tries to hand over for ten seconds; all that time it answers probes. */
  private static void stopsWhileTheOtherDoesNotAnswer(LocalCluster cluster) throws Exception {
    LocalMember leader = cluster.awaitLeader();
    LocalMember other =
        cluster.without(leader).stream().filter(LocalMember::isRunning).findFirst().orElseThrow();
    other.pause();
    try (PageWatch pages = new PageWatch(leader.client())) {
      pages.awaitFirstAnswer();
      leader.stop();
      assertThat(pages.seen())
          .contains(
              "/livez 200 ok",
              "/readyz 503 [-]non_learner failed: the member is stopping",
              "/health 503 {\"health\":\"false\",\"reason\":\"STOPPING\"}",
              "/version 200")
          .noneMatch(answer -> answer.startsWith("/livez 503"));
    } finally {
      other.resume();
    }
  }
}
