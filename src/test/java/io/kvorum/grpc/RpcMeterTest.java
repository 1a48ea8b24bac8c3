package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status.Code;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService.KeepAlive;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The code with which streams are counted, whichever side ends them. */
@Timeout(60)
final class RpcMeterTest {
  private static final String METHOD = LeaseGrpc.getLeaseKeepAliveMethod().getFullMethodName();
  private static final int STREAMS = 5;

  private final AtomicBoolean hasLeader = new AtomicBoolean(true);
  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    StreamRegistry streams = new StreamRegistry(hasLeader::get);
    KeepAliveCall.Context context =
        new KeepAliveCall.Context(
            Admitted.to(id -> CompletableFuture.completedFuture(new KeepAlive(id, 60))),
            () -> new Header(1, 2, 3, 4),
            streams);
    harness =
        new PortHarness(
            streams,
            List.of(
                ServerServiceDefinition.builder(LeaseGrpc.SERVICE_NAME)
                    .addMethod(
                        LeaseGrpc.getLeaseKeepAliveMethod(),
                        (call, headers) -> KeepAliveCall.start(call, headers, context))
                    .build()),
            null);
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  private RawHttp2 clientWithStreams(Map<String, String> metadata) throws Exception {
    RawHttp2 client = new RawHttp2(harness.address());
    for (int i = 0; i < STREAMS; i++) {
      int stream = client.call(METHOD, metadata);
      client.data(stream, RawHttp2.message(new byte[0], false));
    }
    client.sync();
    return client;
  }

  private void assertThatAllAreCountedAs(Code code) {
    Await.until(
        "all streams have ended",
        Duration.ofSeconds(20),
        () ->
            stats().handledByCode().values().stream().mapToLong(Long::longValue).sum() == STREAMS);
    assertThat(stats().handledByCode()).isEqualTo(Map.of(code, (long) STREAMS));
  }

  private RpcStats stats() {
    return harness.port.stats().get(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theStreamsOfAClientThatVanishesAreCancelled(boolean withReset) throws Exception {
    clientWithStreams(Map.of()).vanish(withReset);
    assertThatAllAreCountedAs(Code.CANCELLED);
  }

  @Test
  void streamsThatTheClientResetsAreCancelled() throws Exception {
    try (RawHttp2 client = clientWithStreams(Map.of())) {
      for (int i = 0; i < STREAMS; i++) {
        client.reset(2 * i + 1);
      }
      assertThatAllAreCountedAs(Code.CANCELLED);
    }
  }

  @Test
  void streamsThatNeedALeaderAreUnavailableWithoutOne() throws Exception {
    try (RawHttp2 client = clientWithStreams(Map.of("hasleader", "true"))) {
      hasLeader.set(false);
      assertThat(client.end(1).message()).isEqualTo("etcdserver: no leader");
      assertThatAllAreCountedAs(Code.UNAVAILABLE);
    }
  }

  @Test
  void theStreamsOfAMemberThatStopsAreUnavailable() throws Exception {
    try (RawHttp2 client = clientWithStreams(Map.of())) {
      harness.port.stop();
      assertThat(client.end(1).message()).isEqualTo("etcdserver: server stopped");
      assertThatAllAreCountedAs(Code.UNAVAILABLE);
    }
  }
}
