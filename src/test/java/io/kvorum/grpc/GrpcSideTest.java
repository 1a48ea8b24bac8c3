package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.grpc.health.v1.HealthCheckRequest;
import io.kvorum.proto.grpc.health.v1.HealthCheckResponse;
import io.kvorum.proto.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.kvorum.proto.grpc.health.v1.HealthGrpc;
import io.kvorum.proto.grpc.health.v1.HealthListRequest;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.StreamAnswers;
import io.kvorum.wire.LearnerCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What gRPC itself answers: health, reflection, unknown names, pings, and how many calls there may
 * be.
 */
@Timeout(60)
final class GrpcSideTest {
  private static final String PUT = KVGrpc.getPutMethod().getFullMethodName();

  private static final Duration LONG = Duration.ofHours(1);

  private static final Metadata HAS_LEADER = new Metadata();

  static {
    HAS_LEADER.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
  }

  private final ClientVersions versions = new ClientVersions();
  private final List<PortHarness> started = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(PortHarness::close);
  }

  private PortHarness harness(UnaryOperator<PortSettings> change) throws Exception {
    PortHarness harness =
        new PortHarness(change.apply(PortHarness.settings(0)), PortHarness.NO_PAGES);
    started.add(harness);
    CallGuard guard = new CallGuard(() -> true, Admitted.ALL, versions);
    harness.port.provide(
        new StreamRegistry(() -> true),
        List.of(
            ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
                .addMethod(
                    KVGrpc.getPutMethod(),
                    new UnaryHandler<GrpcSideTest, PutRequest, PutResponse, PutResponse>(
                        guard,
                        Admitted.to(this),
                        (test, request) ->
                            CompletableFuture.completedFuture(PutResponse.getDefaultInstance()),
                        (request, response) -> response))
                .build()));
    harness.port.serve();
    return harness;
  }

  private PortHarness withPings(Duration gap, Duration interval, Duration timeout)
      throws Exception {
    return harness(
        settings -> settings.withHttp2(new PortSettings.Http2(100, gap, interval, timeout)));
  }

  @Test
  void theHealthServiceKnowsTheWholeMemberAlone() throws Exception {
    HealthGrpc.HealthBlockingStub health =
        HealthGrpc.newBlockingStub(harness(settings -> settings).channel());
    assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThat(health.list(HealthListRequest.getDefaultInstance()).getStatusesMap())
        .containsOnly(
            Map.entry(
                "", HealthCheckResponse.newBuilder().setStatus(ServingStatus.SERVING).build()));
    assertThatThrownBy(() -> health.check(request("etcdserverpb.KV")))
        .hasMessage("NOT_FOUND: unknown service");
  }

  private static HealthCheckRequest request(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }

  @Test
  void whoWatchesTheHealthHearsOfTheStop() throws Exception {
    PortHarness harness = harness(settings -> settings);
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(harness.channel());
    Iterator<HealthCheckResponse> whole = health.watch(request(""));
    Iterator<HealthCheckResponse> unknown = health.watch(request("etcdserverpb.KV"));
    assertThat(whole.next().getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(unknown.next().getStatus()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);
    harness.port.stop();
    assertThat(whole.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThatThrownBy(whole::next).hasMessage("UNAVAILABLE: etcdserver: server stopped");
  }

  @Test
  void callsOfHealthPassTheGuardAndCount() throws Exception {
    AtomicBoolean hasLeader = new AtomicBoolean(true);
    AtomicBoolean isLearner = new AtomicBoolean();
    PortHarness harness = harness(settings -> settings);
    harness.port.guardHealth(
        new CallGuard(hasLeader::get, new LearnerCalls(isLearner::get), versions));
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(harness.channel());
    HealthGrpc.HealthBlockingStub requiring =
        health.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(HAS_LEADER));
    assertThat(requiring.check(request("")).getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(health.watch(request("")).next().getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(versions.stats())
        .containsExactly(
            new ClientVersions.Stats(false, "unknown", 1),
            new ClientVersions.Stats(true, "unknown", 1));
    assertThat(harness.port.stats())
        .filteredOn(stats -> stats.started() == 1)
        .extracting(stats -> stats.service() + "/" + stats.method())
        .containsExactly("grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch");
    hasLeader.set(false);
    assertThatThrownBy(() -> requiring.check(request("")))
        .hasMessage("UNAVAILABLE: etcdserver: no leader");
    assertThat(health.check(request("")).getStatus()).isEqualTo(ServingStatus.SERVING);
    isLearner.set(true);
    String refusal = "FAILED_PRECONDITION: etcdserver: rpc not supported for learner";
    assertThatThrownBy(() -> health.check(request(""))).hasMessage(refusal);
    assertThatThrownBy(() -> health.list(HealthListRequest.getDefaultInstance()))
        .hasMessage(refusal);
    assertThatThrownBy(() -> health.watch(request("")).next()).hasMessage(refusal);
  }

  @Test
  void whoWatchesTheHealthAndRequiresALeaderIsEndedWithoutOne() throws Exception {
    PortHarness harness = harness(settings -> settings);
    AtomicBoolean hasRecentLeader = new AtomicBoolean(true);
    harness.port.provide(new StreamRegistry(hasRecentLeader::get), List.of());
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(harness.channel());
    HealthGrpc.HealthBlockingStub requiring =
        health.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(HAS_LEADER));
    Iterator<HealthCheckResponse> staying = health.watch(request(""));
    assertThat(staying.next().getStatus()).isEqualTo(ServingStatus.SERVING);
    for (String service : List.of("", "etcdserverpb.KV")) {
      hasRecentLeader.set(true);
      Iterator<HealthCheckResponse> ending = requiring.watch(request(service));
      assertThat(ending.next()).isNotNull();
      hasRecentLeader.set(false);
      assertThatThrownBy(ending::next).hasMessage("UNAVAILABLE: etcdserver: no leader");
    }
    harness.port.stop();
    assertThat(staying.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void requestsThatAreNoNamesAreRefused() throws Exception {
    PortHarness harness = harness(settings -> settings);
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(harness.channel());
    assertThatThrownBy(() -> health.check(request("x".repeat(2_000))))
        .hasMessage("RESOURCE_EXHAUSTED: grpc: received message larger than max (2003 vs. 1024)");
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      for (String method :
          List.of(
              "grpc.health.v1.Health/Check",
              "grpc.reflection.v1.ServerReflection/ServerReflectionInfo")) {
        int call = client.call(method, Map.of());
        client.data(call, RawHttp2.message(new byte[] {0x0a, (byte) 0xff}, false));
        client.halfClose(call);
        RawHttp2.End end = client.end(call);
        assertThat(end.grpc()).as(method).isEqualTo("13");
        assertThat(end.message()).startsWith("grpc: error unmarshalling request: ");
      }
    }
  }

  @Test
  void callsOfReflectionHaveALimit() throws Exception {
    PortHarness harness = harness(settings -> settings);
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      String method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
      List<Integer> open = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        open.add(client.call(method, Map.of()));
      }
      assertThat(client.end(client.call(method, Map.of())).grpc()).isEqualTo("8");
      client.halfClose(open.get(0));
      assertThat(client.end(open.get(0)).grpc()).isEqualTo("0");
      int next = client.call(method, Map.of());
      client.halfClose(next);
      assertThat(client.end(next).grpc()).isEqualTo("0");
    }
  }

  @Test
  void callsOfHealthTakeRoomAsAllOthers() throws Exception {
    PortHarness harness =
        new PortHarness(
            MemoryBudget.unlimited(),
            Presence.CONNECTION_BYTES + Presence.GRPC_BYTES + 2 * Presence.CALL_BYTES,
            List.of());
    started.add(harness);
    ManagedChannel channel = harness.channel();
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel);
    int fitting = Presence.INCLUDED_CALLS;
    List<Iterator<HealthCheckResponse>> open = new ArrayList<>();
    for (int i = 0; i < fitting; i++) {
      Iterator<HealthCheckResponse> watch = health.watch(request(""));
      assertThat(watch.next().getStatus()).isEqualTo(ServingStatus.SERVING);
      open.add(watch);
    }
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10; i++) {
                Iterator<HealthCheckResponse> watch = health.watch(request(""));
                watch.next();
                open.add(watch);
              }
            })
        .hasMessage("RESOURCE_EXHAUSTED: etcdserver: too many requests");
  }

  @Test
  void reflectionNamesTheServicesAndDescribesThem() throws Exception {
    StreamAnswers<ServerReflectionResponse> answers = new StreamAnswers<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(harness(settings -> settings).channel())
            .serverReflectionInfo(answers);
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    assertThat(answers.next().getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .containsExactlyInAnyOrder(
            "etcdserverpb.KV", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection");
    requests.onNext(
        ServerReflectionRequest.newBuilder()
            .setFileContainingSymbol("etcdserverpb.KV.Range")
            .build());
    assertThat(answers.next().getFileDescriptorResponse().getFileDescriptorProtoCount())
        .isPositive();
    requests.onCompleted();
  }

  private static void call(ManagedChannel channel, String method) {
    ClientCalls.blockingUnaryCall(
        channel,
        MethodDescriptor.<PutRequest, PutResponse>newBuilder(
                ProtoUtils.marshaller(PutRequest.getDefaultInstance()),
                ProtoUtils.marshaller(PutResponse.getDefaultInstance()))
            .setType(MethodType.UNARY)
            .setFullMethodName(method)
            .build(),
        CallOptions.DEFAULT,
        PutRequest.getDefaultInstance());
  }

  @Test
  void unknownNamesAreRefusedInEtcdsWords() throws Exception {
    ManagedChannel channel = harness(settings -> settings).channel();
    assertThatThrownBy(() -> call(channel, "etcdserverpb.KV/Nope"))
        .hasMessage("UNIMPLEMENTED: unknown method Nope for service etcdserverpb.KV");
    assertThatThrownBy(() -> call(channel, "grpc.health.v1.Health/Nope"))
        .hasMessage("UNIMPLEMENTED: unknown method Nope for service grpc.health.v1.Health");
    assertThatThrownBy(() -> call(channel, "no.Such/Nope"))
        .hasMessage("UNIMPLEMENTED: unknown service no.Such");
    assertThatThrownBy(() -> call(channel, "Nope"))
        .hasMessage("UNIMPLEMENTED: malformed method name: \"/Nope\"");
  }

  @Test
  void aVersionThatIsNotTextIsRefusedAndOthersAreCounted() throws Exception {
    PortHarness harness = harness(settings -> settings);
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      assertThat(end(client, Map.of("client-api-version", "3.7.0")).grpc()).isEqualTo("0");
      assertThat(end(client, Map.of("client-api-version", "\u00ff")))
          .satisfies(
              end -> {
                assertThat(end.grpc()).isEqualTo("3");
                assertThat(end.message()).isEqualTo("etcdserver: invalid client api version");
              });
      assertThat(end(client, Map.of()).grpc()).isEqualTo("0");
    }
    assertThat(versions.stats())
        .containsExactly(
            new ClientVersions.Stats(true, "3.7.0", 1),
            new ClientVersions.Stats(true, "unknown", 1));
  }

  private static RawHttp2.End end(RawHttp2 client, Map<String, String> metadata) throws Exception {
    int call = client.call(PUT, metadata);
    client.data(call, RawHttp2.message(new byte[0], false));
    client.halfClose(call);
    return client.end(call);
  }

  @Test
  void moreCallsThanPermittedAreRefusedAndTheOthersGoOn() throws Exception {
    PortHarness harness =
        harness(settings -> settings.withHttp2(new PortSettings.Http2(2, LONG, LONG, LONG)));
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      assertThat(client.mostStreams()).isEqualTo(2);
      int first = client.call(PUT, Map.of());
      client.call(PUT, Map.of());
      int third = client.call(PUT, Map.of());
      assertThat(client.end(third).how()).isEqualTo("RST_STREAM 7");
      client.data(first, RawHttp2.message(new byte[0], false));
      client.halfClose(first);
      assertThat(client.end(first).grpc()).isEqualTo("0");
    }
  }

  @Test
  void aClientThatPingsTooOftenIsDisconnected() throws Exception {
    PortHarness harness = withPings(LONG, LONG, LONG);
    for (boolean hasCall : new boolean[] {false, true}) {
      try (RawHttp2 client = new RawHttp2(harness.address())) {
        if (hasCall) {
          client.call(PUT, Map.of());
        }
        client.ping();
        client.ping();
        client.sendPing();
        assertThat(client.farewell()).isEqualTo("GOAWAY 11 too_many_pings");
      }
    }
  }

  @Test
  void pingsDuringACallMayComeAsOftenAsSet() throws Exception {
    PortHarness harness = withPings(Duration.ofNanos(1), LONG, LONG);
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      int call = client.call(PUT, Map.of());
      for (int i = 0; i < 20; i++) {
        client.ping();
      }
      client.data(call, RawHttp2.message(new byte[0], false));
      client.halfClose(call);
      assertThat(client.end(call).grpc()).isEqualTo("0");
    }
  }

  @Test
  void aSilentClientIsPingedAndOneThatDoesNotAnswerIsDisconnected() throws Exception {
    PortHarness harness = withPings(LONG, Duration.ofMillis(300), Duration.ofMillis(300));
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      client.ignorePings();
      client.farewell();
      assertThat(client.pingsReceived()).isEqualTo(1);
    }
  }
}
