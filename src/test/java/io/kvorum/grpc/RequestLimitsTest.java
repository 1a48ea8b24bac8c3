package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ServerServiceDefinition;
import io.kvorum.grpc.RawHttp2.End;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests beyond a limit end their own call, with etcd's code; whatever else the connection
 * carries goes on.
 */
@Timeout(60)
final class RequestLimitsTest {
  private static final int MIB = 1 << 20;
  private static final int MAX_MESSAGE_BYTES = MIB + MIB / 2;
  private static final int SHARE = 2 * MAX_MESSAGE_BYTES;
  private static final String PUT = KVGrpc.getPutMethod().getFullMethodName();
  private static final Map<String, String> GZIP = Map.of("grpc-encoding", "gzip");

  private PortHarness harness;
  private RawHttp2 client;

  /** A call on the same connection, of which half has been sent. */
  private int bystander;

  private byte[] restOfBystander;

  @BeforeEach
  void start() throws Exception {
    CallGuard guard = new CallGuard(() -> true, Admitted.ALL, new ClientVersions());
    harness =
        new PortHarness(
            new MemoryBudget(4 * SHARE, SHARE, task -> {}),
            List.of(
                ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
                    .addMethod(
                        KVGrpc.getPutMethod(),
                        new UnaryHandler<RequestLimitsTest, PutRequest, PutResponse, PutResponse>(
                            guard,
                            Admitted.to(this),
                            (service, request) ->
                                CompletableFuture.completedFuture(PutResponse.getDefaultInstance()),
                            (request, response) -> response))
                    .build()));
    client = new RawHttp2(harness.address());
    byte[] message = RawHttp2.message(put(10_000), false);
    bystander = client.call(PUT, Map.of());
    client.data(bystander, Arrays.copyOf(message, 5_000));
    restOfBystander = Arrays.copyOfRange(message, 5_000, message.length);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    Await.until(
        "all is given back",
        Duration.ofSeconds(20),
        () -> harness.port.arriving().usedBytes() == 0);
    harness.close();
  }

  private static byte[] put(int bytes) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8("k"))
        .setValue(ByteString.copyFrom(new byte[bytes]))
        .build()
        .toByteArray();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private End endOf(byte[] message, Map<String, String> metadata) throws Exception {
    int call = client.call(PUT, metadata);
    client.data(call, message);
    client.halfClose(call);
    return client.end(call);
  }

  private static End trailers(int code, String message) {
    return new End("trailers", "200", Integer.toString(code), message);
  }

  private void assertThatTheConnectionGoesOn() throws Exception {
    client.data(bystander, restOfBystander);
    client.halfClose(bystander);
    assertThat(client.end(bystander)).isEqualTo(trailers(0, ""));
    assertThat(endOf(RawHttp2.message(put(MIB), false), Map.of())).isEqualTo(trailers(0, ""));
  }

  @Test
  void aMessageBeyondTheLimitIsRefusedAtItsFirstBytes() throws Exception {
    int call = client.call(PUT, Map.of());
    client.data(call, RawHttp2.message(new byte[10], false, MAX_MESSAGE_BYTES + 1));
    assertThat(client.end(call))
        .isEqualTo(trailers(8, "gRPC message exceeds maximum size 1572864: 1572865"));
    client.reset(call);
    assertThatTheConnectionGoesOn();
  }

  @Test
  void aMessageThatInflatesBeyondTheLimitIsRefused() throws Exception {
    byte[] bomb = gzip(put(100 * MIB));
    assertThat(bomb.length).isLessThan(MIB);
    assertThat(endOf(RawHttp2.message(bomb, true), GZIP))
        .isEqualTo(
            trailers(8, "grpc: received message after decompression larger than max 1572864"));
    assertThat(endOf(RawHttp2.message(gzip(put(MIB)), true), GZIP)).isEqualTo(trailers(0, ""));
    assertThatTheConnectionGoesOn();
  }

  @Test
  void whatIsNoMessageIsRefused() throws Exception {
    End noProtobuf =
        trailers(
            13, "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data");
    assertThat(endOf(RawHttp2.message(new byte[] {-1, -1, -1}, false), Map.of()))
        .isEqualTo(noProtobuf);
    assertThat(endOf(RawHttp2.message(gzip(new byte[] {-1, -1, -1}), true), GZIP))
        .isEqualTo(noProtobuf);
    byte[] gzip = gzip(put(1_000));
    for (int intact : new int[] {0, 10, gzip.length - 4}) {
      byte[] corrupt = gzip.clone();
      Arrays.fill(corrupt, intact, corrupt.length, (byte) -1);
      for (byte[] noGzip : List.of(corrupt, Arrays.copyOf(gzip, intact))) {
        End end = endOf(RawHttp2.message(noGzip, true), GZIP);
        assertThat(end.grpc()).as("%d intact", intact).isEqualTo("13");
        assertThat(end.message())
            .as("%d intact", intact)
            .startsWith("grpc: failed to decompress the received message: ");
      }
    }
    assertThatTheConnectionGoesOn();
  }

  @Test
  void metadataBeyondTheLimitIsRefused() throws Exception {
    int call = client.call(PUT, Map.of("large", "x".repeat(70_000)));
    assertThat(client.end(call)).isEqualTo(new End("trailers", "431", "", ""));
    assertThatTheConnectionGoesOn();
  }

  @Test
  void metadataFarBeyondTheLimitEndsItsConnectionAlone() throws Exception {
    try (RawHttp2 other = new RawHttp2(harness.address())) {
      assertThatThrownBy(() -> other.end(other.call(PUT, Map.of("large", "x".repeat(300_000)))))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
    assertThatTheConnectionGoesOn();
  }

  @Test
  void halfSentRequestsOfAConnectionHoldNoMoreThanItsShare() throws Exception {
    byte[] message = RawHttp2.message(put(MIB), false);
    byte[] half = Arrays.copyOf(message, message.length - 10);
    List<Integer> accepted = new ArrayList<>();
    int call = client.call(PUT, Map.of());
    client.data(call, half);
    client.sync();
    while (!client.hasEnded(call)) {
      accepted.add(call);
      assertThat(accepted).hasSizeLessThan(10);
      call = client.call(PUT, Map.of());
      client.data(call, half);
      client.sync();
    }
    client.reset(call);
    assertThat(client.end(call)).isEqualTo(trailers(8, "etcdserver: too many requests"));
    assertThat(accepted).hasSize(2);
    assertThat(harness.port.arriving().usedBytes()).isBetween(2L * MIB, (long) SHARE);

    try (RawHttp2 other = new RawHttp2(harness.address())) {
      int whole = other.call(PUT, Map.of());
      other.data(whole, message);
      other.halfClose(whole);
      assertThat(other.end(whole)).isEqualTo(trailers(0, ""));
    }
    for (int begun : accepted) {
      client.data(begun, Arrays.copyOfRange(message, half.length, message.length));
      client.halfClose(begun);
      assertThat(client.end(begun)).isEqualTo(trailers(0, ""));
    }
    assertThatTheConnectionGoesOn();
  }

  @Test
  void requestsThatAreNotHalfClosedAreCountedToo() throws Exception {
    byte[] message = RawHttp2.message(gzip(put(MIB)), true);
    List<Integer> calls = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int call = client.call(PUT, GZIP);
      client.data(call, message);
      client.sync();
      calls.add(call);
    }
    assertThat(calls).extracting(client::hasEnded).containsExactly(false, false, true);
    assertThat(client.end(calls.get(2))).isEqualTo(trailers(8, "etcdserver: too many requests"));
    client.reset(calls.get(0));
    client.halfClose(calls.get(1));
    assertThat(client.end(calls.get(1))).isEqualTo(trailers(0, ""));
    assertThatTheConnectionGoesOn();
  }

  @Test
  void aClientThatDoesNotFinishARequestIsDisconnectedAndOthersStay() throws Exception {
    try (RawHttp2 other = new RawHttp2(harness.address())) {
      int open = other.call(PUT, Map.of());
      other.sync();
      client.sync();
      for (int check = 0; check < 3; check++) {
        harness.port.closeStalled();
      }
      client.sync();
      harness.port.closeStalled();
      assertThatThrownBy(() -> client.end(bystander))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
      other.data(open, RawHttp2.message(put(10), false));
      other.halfClose(open);
      assertThat(other.end(open)).isEqualTo(trailers(0, ""));
    }
  }

  @Test
  void eachPartCountsWithTheObjectsThatHoldIt() throws Exception {
    int most = (int) (SHARE / Arrivals.PART_BYTES);
    int call = client.call(PUT, Map.of());
    client.data(call, RawHttp2.message(new byte[most], false, MIB), 1);
    client.sync();
    assertThat(client.end(call)).isEqualTo(trailers(8, "etcdserver: too many requests"));
    client.reset(call);
    assertThatTheConnectionGoesOn();
  }
}
