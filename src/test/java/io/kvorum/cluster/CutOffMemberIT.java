package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.kvorum.conformance.RunningEtcdctl;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Channels;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients get from a member that has lost the others, and from all when they are back. */
@Timeout(900)
final class CutOffMemberIT {
  private static final ByteString KEY = ByteString.copyFromUtf8("cut off");

  /** With the default timeouts: five seconds, and two elections of one second. */
  private static final long REQUEST_TIMEOUT_SECONDS = 7;

  @Test
  void aMemberWithoutTheOthersSaysSoAndServesAgainWhenTheyAreBack() throws Exception {
    try (LocalCluster cluster = LocalCluster.of(3)) {
      Operator operator = new Operator(cluster);
      LocalMember left = operator.follower();
      Operator.at(left).ok("put", "cut off", "1");
      ManagedChannel channel = Channels.to(left.client());
      try (RunningEtcdctl watch = Operator.at(left).start("watch", "cut off", "--rev=1");
          BufferedReader json = watchOverJson(left)) {
        assertThat(watch.lines(3)).containsExactly("PUT", "cut off", "1");
        assertThat(json.readLine()).contains("\"created\":true");
        cluster.members().stream().filter(m -> m != left).forEach(LocalMember::close);
        clientsAreToldThatThereIsNoLeader(channel, watch);
        assertThat(json.lines())
            .containsExactly("{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}");
        whatNeedsTheOthersTimesOut(channel);
        assertThat(stub(channel).range(get().setSerializable(true).build()).getKvs(0).getValue())
            .isEqualTo(ByteString.copyFromUtf8("1"));
        for (LocalMember member : cluster.members()) {
          if (!member.isRunning()) {
            cluster.start(member, "new").awaitReady();
          }
        }
        Operator.until("write", () -> Operator.at(left).ok("put", "cut off", "2"));
        assertThat(stub(channel).range(get().build()).getKvs(0).getValue())
            .isEqualTo(ByteString.copyFromUtf8("2"));
      } finally {
        channel.shutdownNow();
      }
    }
  }

  /** The lines of the answer to a watch that requires a leader. */
  private static BufferedReader watchOverJson(LocalMember member) {
    HttpRequest watch =
        HttpRequest.newBuilder(member.client().resolve("/v3/watch"))
            .header("Grpc-Metadata-Hasleader", "true")
            .POST(HttpRequest.BodyPublishers.ofString("{\"create_request\":{\"key\":\"YQ==\"}}"))
            .build();
    InputStream answer =
        Operator.until(
            "a watch over JSON",
            () -> {
              HttpResponse<InputStream> opened =
                  HttpClient.newHttpClient().send(watch, HttpResponse.BodyHandlers.ofInputStream());
              assertThat(opened.statusCode()).isEqualTo(200);
              return opened.body();
            });
    return new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8));
  }

  private static void clientsAreToldThatThereIsNoLeader(
      ManagedChannel channel, RunningEtcdctl watch) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    assertThat(watch.errorWith("no leader")).contains("etcdserver: no leader");
    Operator.until(
        "refusal of a client that asks for a leader",
        () -> {
          Status status =
              failure(
                      () ->
                          stub(channel)
                              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                              .range(get().setSerializable(true).build()))
                  .getStatus();
          assertThat(status.getDescription()).isEqualTo("etcdserver: no leader");
          assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
          return status;
        });
  }

  private static void whatNeedsTheOthersTimesOut(ManagedChannel channel) {
    long start = System.nanoTime();
    Status read = failure(() -> stub(channel).range(get().build())).getStatus();
    assertThat(read.getDescription()).isEqualTo("etcdserver: request timed out");
    assertThat(read.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    PutRequest put = PutRequest.newBuilder().setKey(KEY).build();
    Status write = failure(() -> stub(channel).put(put)).getStatus();
    assertThat(write.getDescription()).startsWith("etcdserver: request timed out");
    assertThat(write.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(
            Duration.ofSeconds(REQUEST_TIMEOUT_SECONDS),
            Duration.ofSeconds(4 * REQUEST_TIMEOUT_SECONDS));
  }

  private static StatusRuntimeException failure(Supplier<?> call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call::get);
    assertThat(failure).as("it should have failed").isNotNull();
    return failure;
  }

  private static KVGrpc.KVBlockingStub stub(ManagedChannel channel) {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  private static RangeRequest.Builder get() {
    return RangeRequest.newBuilder().setKey(KEY);
  }
}
