package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.kvorum.conformance.Etcdctl;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Channels;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.StreamAnswers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Three members have one auth state, and know each other's tokens. */
final class AuthReplicationIT {
  private static final String OLD_TOKEN = "etcdserver: invalid auth token";

  private static Status read(LocalMember member, String token, String key) {
    ManagedChannel channel = Channels.to(member.client());
    try {
      long count =
          KVGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(showing(token)))
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .range(
                  RangeRequest.newBuilder()
                      .setKey(ByteString.copyFrom(key, StandardCharsets.UTF_8))
                      .build())
              .getCount();
      assertThat(count).isNotNegative();
      return Status.OK;
    } catch (StatusRuntimeException failed) {
      return failed.getStatus();
    } finally {
      channel.shutdownNow();
    }
  }

  private static String login(LocalMember member, String user, String password) {
    ManagedChannel channel = Channels.to(member.client());
    try {
      return AuthGrpc.newBlockingStub(channel)
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .authenticate(
              AuthenticateRequest.newBuilder().setName(user).setPassword(password).build())
          .getToken();
    } finally {
      channel.shutdownNow();
    }
  }

  /** Case 51, on the leader and on followers, which ask the leader. */
  private static void assertThatItsKeysGuardALease(LocalMember member, long lease) {
    String token = login(member, "al", "al");
    ManagedChannel channel = Channels.to(member.client());
    try {
      LeaseGrpc.LeaseBlockingStub leases =
          LeaseGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(showing(token)))
              .withDeadlineAfter(30, TimeUnit.SECONDS);
      LeaseTimeToLiveRequest asked = LeaseTimeToLiveRequest.newBuilder().setID(lease).build();
      assertThat(leases.leaseTimeToLive(asked).getTTL()).isPositive();
      assertThatThrownBy(() -> leases.leaseTimeToLive(asked.toBuilder().setKeys(true).build()))
          .hasMessage("PERMISSION_DENIED: etcdserver: permission denied");
      assertThat(keepAlive(channel, token, lease))
          .isEqualTo("PERMISSION_DENIED: etcdserver: permission denied");
    } finally {
      channel.shutdownNow();
    }
  }

  private static String keepAlive(ManagedChannel channel, String token, long lease) {
    StreamAnswers<LeaseKeepAliveResponse> answers = new StreamAnswers<>();
    LeaseGrpc.newStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(showing(token)))
        .leaseKeepAlive(answers)
        .onNext(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
    try {
      return "TTL " + answers.next().getTTL();
    } catch (StatusRuntimeException refused) {
      return refused.getMessage();
    }
  }

  private static Metadata showing(String token) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER), token);
    return headers;
  }

  @Test
  void aTokenOfOneMemberCountsOnAllUntilItsUserIsGone() throws Exception {
    try (LocalCluster cluster = LocalCluster.of(3, "--bcrypt-cost=4")) {
      Etcdctl etcdctl = new Etcdctl(cluster.member(0).client());
      etcdctl.ok("user", "add", "root:root");
      etcdctl.ok("user", "grant-role", "root", "root");
      etcdctl.ok("user", "add", "al:al");
      etcdctl.ok("role", "add", "r");
      etcdctl.ok("role", "grant-permission", "r", "read", "foo");
      etcdctl.ok("user", "grant-role", "al", "r");
      String lease = etcdctl.ok("lease", "grant", "600").split(" ")[1];
      etcdctl.ok("put", "--lease=" + lease, "zz", "v");
      etcdctl.ok("auth", "enable");
      for (LocalMember member : cluster.members()) {
        assertThatItsKeysGuardALease(member, Long.parseLong(lease, 16));
      }
      for (LocalMember asked : cluster.members()) {
        String token = login(asked, "al", "al");
        for (LocalMember member : cluster.members()) {
          assertThat(read(member, token, "foo").isOk()).isTrue();
          assertThat(read(member, token, "bar").getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
          assertThat(read(member, "aaaa.99999999", "foo").getDescription()).isEqualTo(OLD_TOKEN);
        }
      }
      String token = login(cluster.member(0), "al", "al");
      LocalMember restarted = cluster.member(2);
      assertThat(restarted.process().terminate()).isZero();
      cluster.restart(restarted).awaitReady();
      assertThat(read(restarted, token, "foo").getDescription()).isEqualTo(OLD_TOKEN);
      assertThat(read(cluster.member(0), token, "foo").isOk()).isTrue();
      etcdctl.ok("--user=root:root", "user", "delete", "al");
      for (LocalMember member : cluster.members()) {
        assertThat(read(member, token, "foo").getDescription()).isEqualTo(OLD_TOKEN);
      }
    }
  }
}
