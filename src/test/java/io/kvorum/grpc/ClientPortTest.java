package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.Journal;
import io.kvorum.service.Open;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.Await;
import io.kvorum.tls.TlsListeners;
import io.kvorum.wire.JsonCalls;
import io.kvorum.wire.LearnerCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClientPortTest {
  private final AtomicBoolean hasLeader = new AtomicBoolean(true);

  /** A KV service that only puts, as the test defines it. */
  private List<ServerServiceDefinition> puts(
      Function<PutRequest, CompletableFuture<PutResponse>> put) {
    CallGuard guard = new CallGuard(hasLeader::get, Admitted.ALL, new ClientVersions());
    return List.of(
        ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
            .addMethod(
                KVGrpc.getPutMethod(),
                new UnaryHandler<>(
                    guard, Admitted.to(put), Function::apply, (request, response) -> response))
            .build());
  }

  private PortHarness harness(Function<PutRequest, CompletableFuture<PutResponse>> put)
      throws IOException {
    return new PortHarness(new StreamRegistry(hasLeader::get), puts(put), null);
  }

  private static PutRequest put(String key) {
    return PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
  }

  private static Status.Code codeOf(Throwable failure) {
    return Status.fromThrowable(failure).getCode();
  }

  @Test
  void answersThatAreKnownAtOnceAndThoseThatComeLaterBothArrive() throws Exception {
    ConcurrentLinkedQueue<CompletableFuture<PutResponse>> waiting = new ConcurrentLinkedQueue<>();
    CountDownLatch arrived = new CountDownLatch(100);
    try (PortHarness harness =
        harness(
            request -> {
              if (request.getKey().toStringUtf8().equals("now")) {
                return CompletableFuture.completedFuture(PutResponse.getDefaultInstance());
              }
              CompletableFuture<PutResponse> later = new CompletableFuture<>();
              waiting.add(later);
              arrived.countDown();
              return later;
            })) {
      KVGrpc.KVBlockingStub blocking = KVGrpc.newBlockingStub(harness.channel());
      assertThat(blocking.put(put("now"))).isEqualTo(PutResponse.getDefaultInstance());

      KVGrpc.KVFutureStub futures = KVGrpc.newFutureStub(harness.channel());
      List<Future<PutResponse>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        answers.add(futures.put(put("later")));
      }
      arrived.await();
      waiting.forEach(later -> later.complete(PutResponse.getDefaultInstance()));
      for (Future<PutResponse> answer : answers) {
        assertThat(answer.get()).isEqualTo(PutResponse.getDefaultInstance());
      }
    }
  }

  @Test
  void aRefusalCarriesTheCodeAndTheTextOfTheErrorTable() throws Exception {
    try (PortHarness harness =
        harness(
            request -> {
              if (request.getKey().isEmpty()) {
                throw new RequestException(ErrorCode.EMPTY_KEY);
              }
              return CompletableFuture.failedFuture(new RequestException(ErrorCode.NO_SPACE));
            })) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
      assertThatThrownBy(() -> kv.put(put("")))
          .hasMessage("INVALID_ARGUMENT: etcdserver: key is not provided");
      assertThatThrownBy(() -> kv.put(put("k")))
          .hasMessage("RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded");
    }
  }

  @Test
  void whatIsNotServedIsUnimplemented() throws Exception {
    try (PortHarness harness = harness(request -> new CompletableFuture<>())) {
      assertThatThrownBy(
              () ->
                  AuthGrpc.newBlockingStub(harness.channel())
                      .authEnable(AuthEnableRequest.getDefaultInstance()))
          .satisfies(failure -> assertThat(codeOf(failure)).isEqualTo(Status.Code.UNIMPLEMENTED));
      assertThatThrownBy(
              () ->
                  KVGrpc.newBlockingStub(harness.channel())
                      .range(RangeRequest.getDefaultInstance()))
          .satisfies(failure -> assertThat(codeOf(failure)).isEqualTo(Status.Code.UNIMPLEMENTED));
    }
  }

  @Test
  void aMessageBeyondTheLimitIsResourceExhausted() throws Exception {
    try (PortHarness harness =
        harness(r -> CompletableFuture.completedFuture(PutResponse.getDefaultInstance()))) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
      PutRequest fits =
          PutRequest.newBuilder()
              .setValue(ByteString.copyFrom(new byte[PortHarness.MAX_REQUEST_BYTES + 500_000]))
              .build();
      assertThat(kv.put(fits)).isEqualTo(PutResponse.getDefaultInstance());
      PutRequest tooLarge =
          PutRequest.newBuilder()
              .setValue(ByteString.copyFrom(new byte[PortHarness.MAX_REQUEST_BYTES + 600_000]))
              .build();
      assertThatThrownBy(() -> kv.put(tooLarge))
          .satisfies(
              failure -> assertThat(codeOf(failure)).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
    }
  }

  @Test
  void withoutALeaderOnlyCallsThatRequireOneAreRefused() throws Exception {
    hasLeader.set(false);
    try (PortHarness harness =
        harness(r -> CompletableFuture.completedFuture(PutResponse.getDefaultInstance()))) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
      assertThat(kv.put(put("k"))).isEqualTo(PutResponse.getDefaultInstance());
      Metadata headers = new Metadata();
      headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
      KVGrpc.KVBlockingStub demanding =
          kv.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
      assertThatThrownBy(() -> demanding.put(put("k")))
          .hasMessage("UNAVAILABLE: etcdserver: no leader");
      hasLeader.set(true);
      assertThat(demanding.put(put("k"))).isEqualTo(PutResponse.getDefaultInstance());
    }
  }

  @Test
  void theHealthServiceServes() throws Exception {
    try (PortHarness harness = harness(request -> new CompletableFuture<>())) {
      assertThat(
              HealthGrpc.newBlockingStub(harness.channel())
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    }
  }

  @Test
  void callsAndMessagesAreCountedByMethodAndCode() throws Exception {
    try (PortHarness harness =
        harness(
            request ->
                request.getKey().isEmpty()
                    ? CompletableFuture.failedFuture(new RequestException(ErrorCode.EMPTY_KEY))
                    : CompletableFuture.completedFuture(
                        PutResponse.newBuilder()
                            .setPrevKv(io.kvorum.proto.mvccpb.KeyValue.newBuilder().setVersion(1))
                            .build()))) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
      for (int i = 0; i < 3; i++) {
        kv.put(put("k"));
      }
      assertThatThrownBy(() -> kv.put(put(""))).isInstanceOf(StatusRuntimeException.class);
      harness.close();
      RpcStats stats = harness.port.stats().get(0);
      assertThat(stats.service()).isEqualTo("etcdserverpb.KV");
      assertThat(stats.method()).isEqualTo("Put");
      assertThat(stats.started()).isEqualTo(4);
      assertThat(stats.handledByCode())
          .containsOnly(
              java.util.Map.entry(Status.Code.OK, 3L),
              java.util.Map.entry(Status.Code.INVALID_ARGUMENT, 1L));
      assertThat(stats.messagesReceived()).isEqualTo(4);
      assertThat(stats.messagesSent()).isEqualTo(3);
      assertThat(stats.bytesReceived()).isEqualTo(9);
      assertThat(stats.bytesSent()).isEqualTo(12);
    }
  }

  @Test
  void callsOverJsonAreCountedWithThoseOfGrpc() throws Exception {
    try (PortHarness harness =
        harness(request -> CompletableFuture.completedFuture(PutResponse.getDefaultInstance()))) {
      KVGrpc.newBlockingStub(harness.channel()).put(put("k"));
      JsonCalls json = harness.port.jsonCalls();
      json.begin(Admitted.SOMEBODY, put("k"), Journal.Kind.ANSWER).ended(null, null);
      json.begin("etcdserverpb.Watch/Watch");
      Await.until(
          "both are counted",
          Duration.ofSeconds(20),
          () -> harness.port.stats().get(0).handledByCode().equals(Map.of(Status.Code.OK, 2L)));
      RpcStats stats = harness.port.stats().get(0);
      assertThat(stats.started()).isEqualTo(2);
      assertThat(stats.messagesReceived()).isEqualTo(2);
      assertThat(stats.messagesSent()).isEqualTo(2);
      assertThat(stats.bytesReceived()).isEqualTo(3);
      assertThat(harness.port.clientVersions())
          .contains(
              new ClientVersions.Stats(false, "unknown", 1),
              new ClientVersions.Stats(true, "unknown", 1));
    }
  }

  @Test
  void aLearnerServesItsOwnStoreAloneAndNoStream() throws Exception {
    AtomicBoolean isLearner = new AtomicBoolean(true);
    LearnerCalls admission = new LearnerCalls(isLearner::get);
    CallGuard guard = new CallGuard(hasLeader::get, admission, new ClientVersions());
    try (PortHarness harness =
        new PortHarness(
            new StreamRegistry(hasLeader::get),
            List.of(
                ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
                    .addMethod(
                        KVGrpc.getRangeMethod(),
                        new UnaryHandler<>(
                            guard,
                            Open.entrance(admission, this),
                            (service, request) ->
                                CompletableFuture.completedFuture(
                                    RangeResponse.getDefaultInstance()),
                            (request, response) -> response))
                    .addMethod(
                        KVGrpc.getRangeStreamMethod(),
                        guard.guarded(
                            (call, headers) -> {
                              call.close(Status.OK, new Metadata());
                              return new ServerCall.Listener<>() {};
                            }))
                    .build()),
            null)) {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
      RangeRequest linearizable = RangeRequest.getDefaultInstance();
      assertThat(kv.range(linearizable.toBuilder().setSerializable(true).build()))
          .isEqualTo(RangeResponse.getDefaultInstance());
      assertThatThrownBy(() -> kv.range(linearizable))
          .hasMessage("FAILED_PRECONDITION: etcdserver: rpc not supported for learner");
      assertThatThrownBy(() -> kv.rangeStream(linearizable).hasNext())
          .hasMessage("FAILED_PRECONDITION: etcdserver: rpc not supported for learner");
      isLearner.set(false);
      assertThat(kv.range(linearizable)).isEqualTo(RangeResponse.getDefaultInstance());
      assertThat(kv.rangeStream(linearizable).hasNext()).isFalse();
    }
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (PortHarness harness = harness(request -> new CompletableFuture<>())) {
      int taken = harness.address().getPort();
      ClientPort second =
          new ClientPort(
              PortHarness.settings(taken),
              PortHarness.NO_PAGES,
              new RelayedConnections(),
              MemoryBudget.unlimited(),
              TlsListeners.none());
      assertThatThrownBy(second::listen)
          .isInstanceOf(IOException.class)
          .hasMessage("cannot listen on 127.0.0.1:" + taken + ": Address already in use");
    }
  }

  @Test
  void severalAddressesAreListenedOn() throws Exception {
    ClientPort port =
        new ClientPort(
            PortSettings.of(
                List.of(
                    new InetSocketAddress("127.0.0.1", 0), new InetSocketAddress("127.0.0.2", 0)),
                new ClientLimits(1000, 128, 4 << 20),
                Duration.ofSeconds(1)),
            PortHarness.NO_PAGES,
            new RelayedConnections(),
            MemoryBudget.unlimited(),
            TlsListeners.none());
    try (port) {
      port.listen();
      assertThat(port.addresses())
          .extracting(address -> address.getAddress().getHostAddress())
          .containsExactlyInAnyOrder("127.0.0.1", "127.0.0.2");
    }
  }

  @Test
  @Timeout(20)
  void itStopsWithoutWaitingForCallsThatNeverEnd() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    try (PortHarness harness =
        harness(
            request -> {
              arrived.countDown();
              return new CompletableFuture<>();
            })) {
      Future<PutResponse> stuck = KVGrpc.newFutureStub(harness.channel()).put(put("k"));
      arrived.await();
      harness.port.close();
      assertThatThrownBy(() -> stuck.get(10, TimeUnit.SECONDS))
          .satisfies(failure -> assertThat(codeOf(failure)).isEqualTo(Status.Code.UNAVAILABLE));
    }
  }
}
