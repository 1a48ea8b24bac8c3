package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client port while the member behind it is starting. */
@Timeout(60)
class ClientPortStartTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** An empty SETTINGS frame. */
  private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  private static List<ServerServiceDefinition> puts() {
    return List.of(
        ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
            .addMethod(
                KVGrpc.getPutMethod(),
                new UnaryHandler<>(
                    new CallGuard(() -> true, Admitted.ALL, new ClientVersions()),
                    Admitted.to("puts"),
                    (String service, PutRequest request) ->
                        CompletableFuture.completedFuture(PutResponse.getDefaultInstance()),
                    (request, response) -> response))
            .build());
  }

  private static void provide(PortHarness harness) {
    harness.port.provide(new StreamRegistry(() -> true), puts());
  }

  private static PortHarness listening() throws IOException {
    return new PortHarness(PortHarness.settings(0), PortHarness.NO_PAGES);
  }

  private static Socket preface(PortHarness harness) throws IOException {
    Socket socket = harness.socket();
    socket.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(SETTINGS);
    return socket;
  }

  private static void awaitWaiting(PortHarness harness, int count) {
    Await.until(
        count + " wait", Duration.ofSeconds(20), () -> harness.port.waitingForGrpc() == count);
  }

  @Test
  void clientsOfGrpcWaitWithoutAByteAndAreServedAsSoonAsTheMemberServes() throws Exception {
    try (PortHarness harness = listening()) {
      List<Future<PutResponse>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(
            KVGrpc.newFutureStub(harness.channel())
                .withWaitForReady()
                .put(PutRequest.getDefaultInstance()));
      }
      try (Socket raw = preface(harness)) {
        awaitWaiting(harness, 21);
        provide(harness);
        raw.setSoTimeout(100);
        assertThatThrownBy(() -> raw.getInputStream().read())
            .isInstanceOf(SocketTimeoutException.class);
        assertThat(answers).noneMatch(Future::isDone);
        harness.port.serve();
        for (Future<PutResponse> answer : answers) {
          assertThat(answer.get(20, TimeUnit.SECONDS)).isNotNull();
        }
        raw.setSoTimeout(20_000);
        byte[] frame = raw.getInputStream().readNBytes(4);
        assertThat(frame[3]).as("type of the first frame: SETTINGS").isEqualTo((byte) 4);
      }
      awaitWaiting(harness, 0);
    }
  }

  @Test
  void clientsBeyondTheLimitAreClosedAndThoseWhoLeaveMakeRoom() throws Exception {
    HoldLimits two = new HoldLimits(2, 1000, 10_000, Duration.ofSeconds(1));
    try (PortHarness harness =
            new PortHarness(PortHarness.settings(0).withHold(two), PortHarness.NO_PAGES);
        Socket first = preface(harness);
        Socket second = preface(harness)) {
      awaitWaiting(harness, 2);
      try (Socket third = preface(harness)) {
        assertThat(isClosed(third)).isTrue();
      }
      second.close();
      awaitWaiting(harness, 1);
      try (Socket fourth = preface(harness)) {
        awaitWaiting(harness, 2);
      }
      assertThat(first.isConnected()).isTrue();
    }
  }

  @Test
  void aClientThatSendsMuchIsNotReadFurther() throws Exception {
    HoldLimits small = new HoldLimits(10, 1000, 1 << 20, Duration.ofSeconds(1));
    try (PortHarness harness =
            new PortHarness(PortHarness.settings(0).withHold(small), PortHarness.NO_PAGES);
        Socket talkative = preface(harness);
        Socket other = preface(harness)) {
      Thread sender =
          new Thread(
              () -> {
                try {
                  // 64 MB fit into no buffer in between.
                  talkative.getOutputStream().write(new byte[64 << 20]);
                } catch (IOException closed) {
                  // As the test expects.
                }
              });
      sender.start();
      awaitWaiting(harness, 2);
      provide(harness);
      harness.port.serve();
      assertThat(other.getInputStream().read()).isGreaterThanOrEqualTo(0);
      talkative.close();
      sender.join();
    }
  }

  @Test
  void clientsOfAMemberThatWasRemovedAreClosed() throws Exception {
    try (PortHarness harness = listening();
        Socket early = preface(harness)) {
      awaitWaiting(harness, 1);
      harness.port.serveNobody("this member has been removed from the cluster");
      assertThat(isClosed(early)).isTrue();
      try (Socket late = preface(harness)) {
        assertThat(isClosed(late)).isTrue();
      }
      assertThatThrownBy(
              () -> KVGrpc.newBlockingStub(harness.channel()).put(PutRequest.getDefaultInstance()))
          .satisfies(
              failure ->
                  assertThat(Status.fromThrowable(failure).getCode())
                      .isEqualTo(Status.Code.UNAVAILABLE));
      try (Socket json = harness.socket()) {
        json.getOutputStream()
            .write(
                "GET /v3/kv/range HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(json.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .startsWith("HTTP/1.1 503 ")
            .contains("this member has been removed from the cluster");
      }
    }
  }

  @Test
  void methodsThatAreNotServedAreUnimplementedAndNotCounted() throws Exception {
    try (PortHarness harness = listening()) {
      provide(harness);
      harness.port.serve();
      assertThatThrownBy(
              () ->
                  KVGrpc.newBlockingStub(harness.channel())
                      .range(io.kvorum.proto.etcdserverpb.RangeRequest.getDefaultInstance()))
          .satisfies(
              failure ->
                  assertThat(Status.fromThrowable(failure).getCode())
                      .isEqualTo(Status.Code.UNIMPLEMENTED));
      assertThat(harness.port.stats())
          .filteredOn(stats -> stats.service().equals(KVGrpc.SERVICE_NAME))
          .hasSize(1);
    }
  }

  /** They would be held for half a minute. */
  @Test
  @Timeout(20)
  void itStopsWhileClientsWait() throws Exception {
    PortHarness harness = listening();
    try (Socket grpc = preface(harness);
        Socket http = harness.socket()) {
      http.getOutputStream().write(request("/v3/x"));
      awaitWaiting(harness, 1);
      Await.until("1 waits", Duration.ofSeconds(20), () -> harness.port.waitingForHttp() == 1);
      harness.close();
      assertThat(isClosed(grpc)).isTrue();
      assertThat(new String(http.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("{\"code\":14,\"message\":\"this member is stopping\"}");
    }
  }

  @Test
  void pagesAreAnsweredUntilTheEndOfTheStop() throws Exception {
    OperatorPages pages =
        new OperatorPages() {
          @Override
          public boolean has(String path) {
            return path.equals("/page");
          }

          @Override
          public CompletableFuture<PlainAnswer> answer(Request request) {
            return CompletableFuture.completedFuture(PlainAnswer.text("still here"));
          }
        };
    try (HttpEndpoint endpoint = new HttpEndpoint();
        PortHarness harness = new PortHarness(PortHarness.settings(0), pages);
        Socket kept = harness.socket();
        Socket relayed = harness.socket()) {
      provide(harness);
      harness.port.relayTo(endpoint.address());
      harness.port.serve();
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
      assertThat(kv.put(PutRequest.getDefaultInstance())).isNotNull();
      relayed.getOutputStream().write(request("/v3/echo"));
      assertThat(HttpEndpoint.line(relayed.getInputStream())).isEqualTo("HTTP/1.1 200 OK");

      harness.port.stop();
      assertThatThrownBy(() -> kv.put(PutRequest.getDefaultInstance()))
          .satisfies(
              failure ->
                  assertThat(Status.fromThrowable(failure).getCode())
                      .isEqualTo(Status.Code.UNAVAILABLE));
      relayed.getOutputStream().write(request("/v3/echo"));
      assertThat(new String(relayed.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .contains("HTTP/1.1 503 ")
          .endsWith("{\"code\":14,\"message\":\"this member is stopping\"}");
      kept.getOutputStream().write(request("/page"));
      assertThat(HttpEndpoint.line(kept.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      try (Socket late = harness.socket()) {
        late.getOutputStream().write(request("/page"));
        assertThat(HttpEndpoint.line(late.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      }
      try (Socket late = harness.socket()) {
        late.getOutputStream().write(request("/v3/echo"));
        assertThat(new String(late.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .startsWith("HTTP/1.1 503 ")
            .endsWith("{\"code\":14,\"message\":\"this member is stopping\"}");
      }
      harness.port.close();
      kept.getInputStream().readAllBytes();
      assertThat(harness.port.addresses()).isEmpty();
    }
  }

  private static byte[] request(String path) {
    return ("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void furtherUrlsServeHttpAloneAndTheFirstOnesGrpcAlone() throws Exception {
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    try (HttpEndpoint endpoint = new HttpEndpoint();
        PortHarness harness =
            new PortHarness(
                PortHarness.settings(0).withHttp(List.of(any), List.of()), PortHarness.NO_PAGES)) {
      provide(harness);
      harness.port.relayTo(endpoint.address());
      harness.port.serve();
      InetSocketAddress http = harness.port.httpAddresses().get(0);
      try (Socket socket = new Socket(http.getAddress(), http.getPort())) {
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(request("/v3/x"));
        assertThat(HttpEndpoint.line(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      }
      try (Socket socket = new Socket(http.getAddress(), http.getPort())) {
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
        assertThat(isClosed(socket)).isTrue();
      }
      try (Socket socket = harness.socket()) {
        socket.getOutputStream().write(request("/v3/x"));
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .startsWith("HTTP/1.1 404 Not Found\r\n")
            .endsWith(
                "{\"code\":5,\"message\":\"this port does not serve JSON: it is served on"
                    + " --listen-client-http-urls\"}");
      }
      assertThat(KVGrpc.newBlockingStub(harness.channel()).put(PutRequest.getDefaultInstance()))
          .isNotNull();
    }
  }

  @Test
  void aFurtherUrlThatIsTakenIsNamedAndNothingIsListenedOn() throws Exception {
    try (PortHarness first = listening()) {
      int taken = first.address().getPort();
      InetSocketAddress same = new InetSocketAddress("127.0.0.1", taken);
      assertThatThrownBy(
              () ->
                  new PortHarness(
                      PortHarness.settings(0).withHttp(List.of(), List.of(same)),
                      PortHarness.NO_PAGES))
          .isInstanceOf(IOException.class)
          .hasMessage("cannot listen on 127.0.0.1:" + taken + ": Address already in use");
    }
  }

  /** Whether the other side closes the connection, in one way or another, without a byte. */
  private static boolean isClosed(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      return in.read() == -1;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }
}
