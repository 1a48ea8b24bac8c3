package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ServerServiceDefinition;
import io.kvorum.grpc.RawHttp2.End;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What connections and calls take by being there, at a port. */
@Timeout(60)
final class PresenceTest {
  private static final long CONNECTION = Presence.CONNECTION_BYTES + Presence.GRPC_BYTES;
  private static final int FURTHER_CALLS = 20;
  private static final long BYTES = 2 * FURTHER_CALLS * Presence.CALL_BYTES;
  private static final String RANGE = KVGrpc.getRangeMethod().getFullMethodName();

  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    CallGuard guard = new CallGuard(() -> true, Admitted.ALL, new ClientVersions());
    harness =
        new PortHarness(
            MemoryBudget.unlimited(),
            BYTES,
            List.of(
                ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
                    .addMethod(
                        KVGrpc.getRangeMethod(),
                        new UnaryHandler<PresenceTest, RangeRequest, RangeResponse, RangeResponse>(
                            guard,
                            Admitted.to(this),
                            (service, request) ->
                                CompletableFuture.completedFuture(
                                    RangeResponse.getDefaultInstance()),
                            (request, response) -> response))
                    .build()));
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  private void awaitBytes(long bytes) {
    Await.until(
        bytes + " bytes are taken",
        Duration.ofSeconds(10),
        () -> harness.port.presenceBytes() == bytes);
  }

  private static End serve(RawHttp2 client, int call) throws Exception {
    client.data(call, RawHttp2.message(new byte[0], false));
    client.halfClose(call);
    return client.end(call);
  }

  @Test
  void aConnectionIsCountedUntilItEnds() throws Exception {
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      assertThat(serve(client, client.call(RANGE, Map.of())).grpc()).isEqualTo("0");
      awaitBytes(CONNECTION);
    }
    awaitBytes(0);
    try (Socket silent = harness.socket()) {
      assertThat(silent.isConnected()).isTrue();
      awaitBytes(Presence.CONNECTION_BYTES);
    }
    awaitBytes(0);
  }

  @Test
  void callsBeyondTheirHalfAreRefusedButForThoseThatAConnectionIncludes() throws Exception {
    try (RawHttp2 greedy = new RawHttp2(harness.address());
        RawHttp2 other = new RawHttp2(harness.address())) {
      List<Integer> open = new ArrayList<>();
      for (int i = 0; i < Presence.INCLUDED_CALLS + FURTHER_CALLS; i++) {
        open.add(greedy.call(RANGE, Map.of()));
      }
      awaitBytes(2 * CONNECTION + FURTHER_CALLS * Presence.CALL_BYTES);
      assertThat(greedy.end(greedy.call(RANGE, Map.of())))
          .extracting(End::grpc, End::message)
          .containsExactly("8", "etcdserver: too many requests");
      assertThat(serve(other, other.call(RANGE, Map.of())).grpc()).isEqualTo("0");
      for (int call : open) {
        assertThat(serve(greedy, call).grpc()).isEqualTo("0");
      }
      awaitBytes(2 * CONNECTION);
    }
  }

  @Test
  void whatOpenCallsKeepOfTheirHeadersIsCounted() throws Exception {
    Map<String, String> headers =
        Map.of("token", "t".repeat(6_000), "grpc-accept-encoding", "e".repeat(4_000));
    long kept = 10_000 + "test".length();
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      List<Integer> open = new ArrayList<>();
      for (int i = 0; i < Presence.INCLUDED_CALLS; i++) {
        open.add(client.call(RANGE, headers));
      }
      awaitBytes(CONNECTION + Presence.INCLUDED_CALLS * kept);
      assertThat(client.end(client.call(RANGE, headers)))
          .extracting(End::grpc, End::message)
          .containsExactly("8", "etcdserver: too many requests");
      for (int call : open) {
        assertThat(serve(client, call).grpc()).isEqualTo("0");
      }
      awaitBytes(CONNECTION);
    }
  }

  @Test
  void aTokenThatIsTooLongIsNotKept() throws Exception {
    try (RawHttp2 client = new RawHttp2(harness.address())) {
      int call = client.call(RANGE, Map.of("token", "t".repeat(60_000)));
      client.sync();
      awaitBytes(CONNECTION);
      assertThat(serve(client, call).grpc()).isEqualTo("0");
    }
  }

  @Test
  void anAddressHasNoMoreConnectionsThanItMay() throws Exception {
    PortSettings settings = PortHarness.settings(0).withMostPerAddress(2);
    try (PortHarness limited = new PortHarness(settings, PortHarness.NO_PAGES);
        Socket second = limited.socket()) {
      try (Socket first = limited.socket()) {
        Await.until(
            "both are counted",
            Duration.ofSeconds(20),
            () -> limited.port.presenceBytes() == 2 * Presence.CONNECTION_BYTES);
        try (Socket third = limited.socket()) {
          assertThat(third.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(first.isConnected() && second.isConnected()).isTrue();
      }
      Await.until(
          "one has ended",
          Duration.ofSeconds(20),
          () -> limited.port.presenceBytes() == Presence.CONNECTION_BYTES);
      try (Socket next = limited.socket()) {
        Await.until(
            "the next is counted",
            Duration.ofSeconds(20),
            () -> limited.port.presenceBytes() == 2 * Presence.CONNECTION_BYTES);
        assertThat(next.isConnected()).isTrue();
      }
    }
  }

  @Test
  void aConnectionForWhichThereIsNoRoomIsClosed() throws Exception {
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < BYTES / Presence.CONNECTION_BYTES; i++) {
      silent.add(harness.socket());
    }
    awaitBytes(silent.size() * Presence.CONNECTION_BYTES);
    try (Socket beyond = harness.socket()) {
      assertThat(beyond.getInputStream().read()).isEqualTo(-1);
    }
    for (Socket socket : silent) {
      socket.close();
    }
    awaitBytes(0);
  }
}
