package io.kvorum.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members in this process, whose spans go to a collector in this process. */
@Timeout(120)
class TraceExportTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";
  private static final String SAMPLED = "00-" + TRACE + "-" + SPAN + "-01";
  private static final String NOT_SAMPLED = "00-" + TRACE + "-" + SPAN + "-00";

  @TempDir Path directory;
  private Collector collector;
  private String address;

  @BeforeEach
  void collect() throws IOException {
    collector = new Collector();
    address = collector.address();
  }

  @AfterEach
  void end() {
    collector.close();
  }

  /**
   * The spans that a member has sent when it has stopped.
   *
   * @param awaited so many are awaited before it stops: at a stop it waits for two seconds only
   */
  private List<Collector.Received> spansOf(int callsPerMillion, int awaited, Calls calls)
      throws Exception {
    return spansOf(
        callsPerMillion,
        channel -> {
          calls.make(channel);
          awaitSpans(awaited);
        });
  }

  /** Spans are sent some seconds after their end. */
  private void awaitSpans(int count) {
    Await.until(count + " spans", Duration.ofSeconds(30), () -> collector.spans().size() >= count);
  }

  private List<Collector.Received> spansOf(int callsPerMillion, Calls calls) throws Exception {
    Map<String, String> flags = new HashMap<>();
    flags.put("data-dir", directory.resolve("m").toString());
    flags.put("listen-client-urls", Ports.freeUrl().toString());
    flags.put("listen-peer-urls", Ports.freeUrl().toString());
    flags.put("enable-distributed-tracing", "true");
    flags.put("distributed-tracing-address", address);
    flags.put("distributed-tracing-service-name", "store");
    flags.put("distributed-tracing-instance-id", "m1");
    flags.put("distributed-tracing-sampling-rate", String.valueOf(callsPerMillion));
    try (Member member = Member.open(MemberConfig.fromFlags(flags::get), failure -> {})) {
      member.start();
      member.whenReady().get(60, TimeUnit.SECONDS);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(member.clientPort().addresses().get(0))
              .usePlaintext()
              .build();
      try {
        calls.make(channel);
      } finally {
        channel.shutdownNow();
      }
    }
    return collector.spans();
  }

  private interface Calls {
    void make(ManagedChannel channel);
  }

  private static KVGrpc.KVBlockingStub stub(ManagedChannel channel, @Nullable String parent) {
    Metadata metadata = new Metadata();
    if (parent != null) {
      metadata.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), parent);
    }
    return KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
  }

  private static PutRequest put() {
    return PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build();
  }

  private static Collector.Received named(List<Collector.Received> spans, String name) {
    return spans.stream()
        .filter(each -> each.span().getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + spans));
  }

  @Test
  void aCallIsASpanOfItsClientsTraceAndHasOneForItsProposal() throws Exception {
    List<Collector.Received> spans = spansOf(0, 2, channel -> stub(channel, SAMPLED).put(put()));
    assertThat(spans).hasSize(2);
    Collector.Received call = named(spans, "etcdserverpb.KV/Put");
    assertThat(call.traceId()).isEqualTo(TRACE);
    assertThat(call.parentId()).isEqualTo(SPAN);
    assertThat(call.resource())
        .containsEntry("service.name", "store")
        .containsEntry("service.instance.id", "m1");
    assertThat(call.attributes())
        .containsEntry("rpc.system", "grpc")
        .containsEntry("rpc.service", "etcdserverpb.KV")
        .containsEntry("rpc.method", "Put")
        .containsEntry("rpc.grpc.status_code", "0")
        .containsEntry("network.peer.address", "127.0.0.1")
        .containsEntry("kvorum.face", "grpc");
    Collector.Received proposal = named(spans, "propose and apply");
    assertThat(proposal.traceId()).isEqualTo(TRACE);
    assertThat(proposal.parentId()).isEqualTo(call.id());
    assertThat(proposal.attributes()).containsEntry("kvorum.command", "Put");
  }

  @Test
  void atTheHighestRateCallsAreTracedWhoseClientSaysNothing() throws Exception {
    List<Collector.Received> spans =
        spansOf(
            1_000_000,
            4,
            channel -> {
              stub(channel, null).put(put());
              stub(channel, "gibberish")
                  .range(RangeRequest.newBuilder().setKey(put().getKey()).build());
              assertThatThrownBy(() -> stub(channel, null).range(RangeRequest.getDefaultInstance()))
                  .isInstanceOf(StatusRuntimeException.class);
              stub(channel, NOT_SAMPLED).put(put());
            });
    assertThat(spans)
        .extracting(each -> each.span().getName())
        .containsExactlyInAnyOrder(
            "etcdserverpb.KV/Put",
            "propose and apply",
            "etcdserverpb.KV/Range",
            "etcdserverpb.KV/Range");
    assertThat(spans)
        .filteredOn(each -> each.span().getName().endsWith("/Range"))
        .extracting(each -> each.attributes().get("rpc.grpc.status_code"))
        .containsExactlyInAnyOrder("0", "3");
    assertThat(spans).noneMatch(each -> each.traceId().equals(TRACE));
  }

  @Test
  void atRateZeroNothingIsTracedThatTheClientDoesNotTrace() throws Exception {
    List<Collector.Received> spans =
        spansOf(
            0,
            2,
            channel -> {
              stub(channel, null).put(put());
              stub(channel, NOT_SAMPLED).put(put());
              // What came before it would be sent before it.
              stub(channel, SAMPLED).put(put());
            });
    assertThat(spans).hasSize(2).allMatch(each -> each.traceId().equals(TRACE));
  }

  @Test
  void whatHasNotBeenSentYetIsSentWhenTheMemberStops() throws Exception {
    List<Collector.Received> spans =
        spansOf(
            0,
            channel -> {
              stub(channel, SAMPLED).put(put());
              // The first sending takes longest, and is not what this is about.
              awaitSpans(2);
              stub(channel, SAMPLED).put(put());
            });
    assertThat(spans).hasSize(4);
  }

  @Test
  void aCollectorThatIsNotThereCostsSpansAlone() throws Exception {
    collector.close();
    assertThat(spansOf(1_000_000, channel -> stub(channel, null).put(put()))).isEmpty();
  }
}
