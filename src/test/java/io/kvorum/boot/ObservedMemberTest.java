package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.CapturedLog;
import io.kvorum.testing.Ports;
import io.kvorum.wire.CallTimes;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a member in this process shows its operators, as its flags say. */
@Timeout(120)
class ObservedMemberTest {
  @TempDir Path directory;

  private Member started(Map<String, String> others) throws Exception {
    Map<String, String> flags = new HashMap<>(others);
    flags.put("data-dir", directory.resolve("m").toString());
    flags.put("listen-client-urls", Ports.freeUrl().toString());
    flags.put("listen-peer-urls", Ports.freeUrl().toString());
    Member member = Member.open(MemberConfig.fromFlags(flags::get), failure -> {});
    member.start();
    member.whenReady().get(60, TimeUnit.SECONDS);
    return member;
  }

  private static String get(Member member, String path, String... headers) throws Exception {
    InetSocketAddress address = member.clientPort().addresses().get(0);
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      String head = "GET " + path + " HTTP/1.0\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static void call(Member member) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(member.clientPort().addresses().get(0))
            .usePlaintext()
            .build();
    try {
      KVGrpc.newBlockingStub(channel)
          .put(
              PutRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8("a key S3CR3T"))
                  .setValue(ByteString.copyFromUtf8("S3CR3T"))
                  .build());
      MaintenanceGrpc.newBlockingStub(channel).hashKV(HashKVRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void withExtensiveMetricsTheHandlingTimesOfAllMethodsAreShown() throws Exception {
    try (Member member = started(Map.of("metrics", "extensive"))) {
      call(member);
      List<String> lines = get(member, "/metrics").lines().toList();
      assertThat(lines)
          .contains(
              "grpc_server_handling_seconds_count{grpc_method=\"Put\","
                  + "grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 1",
              "grpc_server_handling_seconds_count{grpc_method=\"Watch\","
                  + "grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 0",
              "etcd_server_request_duration_seconds_count{success=\"true\",type=\"Put\"} 1",
              "etcd_server_apply_duration_seconds_count{op=\"Put\",success=\"true\","
                  + "version=\"v3\"} 1",
              "etcd_mvcc_hash_rev_duration_seconds_count 1",
              "etcd_server_feature_enabled{name=\"FastLeaseKeepAlive\",stage=\"BETA\"} 1",
              "etcd_server_feature_enabled{name=\"LeaseCheckpointPersist\",stage=\"ALPHA\"} 0");
    }
  }

  @Test
  void slowCallsAreLoggedAndBasicMetricsHaveNoHandlingTimes() throws Exception {
    try (CapturedLog log = CapturedLog.of(CallTimes.class);
        Member member = started(Map.of("warning-unary-request-duration", "1ns"))) {
      call(member);
      Await.until(
          "a line about the put",
          Duration.ofSeconds(30),
          () -> log.lines().stream().anyMatch(line -> line.contains("/etcdserverpb.KV/Put")));
      assertThat(log.lines()).noneMatch(line -> line.contains("S3CR3T"));
      assertThat(get(member, "/metrics")).doesNotContain("handling_seconds");
      assertThat(get(member, "/debug/pprof/")).startsWith("HTTP/1.0 404 ");
    }
  }

  @Test
  void diagnosticsAreForThisMachineAndForNoPageOfABrowser() throws Exception {
    try (Member member = started(Map.of("enable-pprof", "true"))) {
      assertThat(get(member, "/debug/pprof/threads", "Host: localhost:2379"))
          .startsWith("HTTP/1.0 200 ")
          .contains("kvorum-raft");
      for (String header :
          List.of(
              "Host: rebound.example:2379",
              "Origin: http://page.example",
              "Referer: http://page.example/",
              "Sec-Fetch-Site: cross-site",
              "X-Forwarded-For: 10.0.0.1",
              "Via: 1.1 proxy")) {
        assertThat(get(member, "/debug/pprof/heap", header))
            .as(header)
            .startsWith("HTTP/1.0 403 ")
            .contains("diagnostics are for clients of this machine");
      }
      String recording = get(member, "/debug/pprof/profile?seconds=1");
      assertThat(recording).startsWith("HTTP/1.0 200 ").contains("\r\n\r\nFLR\0");
      assertThat(get(member, "/debug/vars")).startsWith("HTTP/1.0 200 ");
    }
  }
}
