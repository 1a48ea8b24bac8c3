package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP/1.1 requests that come before there is an endpoint for them. */
@Timeout(60)
class HttpHoldTest {
  private final List<Socket> sockets = new ArrayList<>();
  private PortHarness harness;

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    harness.close();
  }

  private void listen(HoldLimits limits) throws IOException {
    harness = new PortHarness(PortHarness.settings(0).withHold(limits), PortHarness.NO_PAGES);
  }

  private Socket send(String text) throws IOException {
    Socket socket = harness.socket();
    sockets.add(socket);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private Socket post(String body) throws IOException {
    return send(
        "POST /v3/echo HTTP/1.1\r\nHost: x\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  private static String answer(Socket socket, int length) throws IOException {
    RawAnswer answer = RawAnswer.read(new BufferedInputStream(socket.getInputStream()));
    assertThat(answer.status()).isEqualTo("HTTP/1.1 200 OK");
    assertThat(answer.body()).hasSize(length);
    return answer.body();
  }

  private static void await(String what, Callable<Boolean> condition) {
    Await.until(what, Duration.ofSeconds(20), condition);
  }

  private static void assertRefused(Socket socket, String message) throws IOException {
    String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(all)
        .startsWith("HTTP/1.1 503 Service Unavailable\r\nAccess-Control-")
        .contains("\r\nContent-Type: application/json\r\n", "\r\nConnection: close\r\n")
        .endsWith("\r\n\r\n{\"code\":14,\"message\":\"" + message + "\"}");
  }

  @Test
  void aThousandRequestsWaitForTheEndpointAndAreAllAnswered() throws Exception {
    listen(HoldLimits.usual());
    for (int i = 0; i < 1000; i++) {
      post("early " + i);
    }
    await("they wait", () -> harness.port.waitingForHttp() == 1000);
    harness.port.serve();
    try (HttpEndpoint endpoint = new HttpEndpoint()) {
      long begin = System.nanoTime();
      harness.port.relayTo(endpoint.address());
      for (int i = 0; i < 1000; i++) {
        String body = "early " + i;
        assertThat(answer(sockets.get(i), body.length())).isEqualTo(body);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
      assertThat(harness.port.waitingForHttp()).isZero();
      assertThat(endpoint.remotePorts).hasSize(1000);
    }
  }

  @Test
  void aRequestWaitsUntilClientsAreServedToo() throws Exception {
    listen(HoldLimits.usual());
    try (HttpEndpoint endpoint = new HttpEndpoint()) {
      harness.port.relayTo(endpoint.address());
      Socket early = post("a");
      await("it waits", () -> harness.port.waitingForHttp() == 1);
      assertThat(endpoint.remotePorts).isEmpty();
      harness.port.serve();
      assertThat(answer(early, 1)).isEqualTo("a");
      assertThat(answer(post("b"), 1)).isEqualTo("b");
    }
  }

  @Test
  void aLargeRequestWaitsInTheNetworkAndArrivesWhole() throws Exception {
    listen(HoldLimits.usual());
    harness.port.serve();
    String body = "0123456789".repeat(250_000);
    Thread sender =
        new Thread(
            () -> {
              try {
                post(body);
              } catch (IOException closed) {
                // The assertion below fails then.
              }
            });
    sender.start();
    await("it waits", () -> harness.port.waitingForHttp() == 1);
    try (HttpEndpoint endpoint = new HttpEndpoint()) {
      harness.port.relayTo(endpoint.address());
      assertThat(answer(sockets.get(0), body.length())).isEqualTo(body);
      sender.join();
    }
  }

  @Test
  void thoseBeyondTheirNumberAreRefused() throws Exception {
    listen(new HoldLimits(2, 1000, 100_000, Duration.ofMinutes(1)));
    post("a");
    post("b");
    await("they wait", () -> harness.port.waitingForHttp() == 2);
    assertRefused(
        post("c"), "this member does not serve JSON yet, and too many requests are waiting for it");
    assertThat(harness.port.waitingForHttp()).isEqualTo(2);
  }

  @Test
  void thoseBeyondTheBytesOfAllAreRefused() throws Exception {
    listen(new HoldLimits(100, 10_000, 1500, Duration.ofMinutes(1)));
    post("x".repeat(1000));
    await("it waits", () -> harness.port.waitingForHttp() == 1);
    assertRefused(
        post("x".repeat(1000)),
        "this member does not serve JSON yet, and too much is waiting for it");
    assertThat(harness.port.waitingForHttp()).isEqualTo(1);
  }

  @Test
  void aRequestThatHasWaitedTooLongIsRefused() throws Exception {
    listen(new HoldLimits(100, 1000, 100_000, Duration.ofMillis(50)));
    assertRefused(
        post("a"), "this member does not serve JSON yet, and this request has waited too long");
    assertThat(harness.port.waitingForHttp()).isZero();
  }

  @Test
  void ifThereWillBeNoEndpointThoseWhoWaitLearnWhy() throws Exception {
    listen(HoldLimits.usual());
    Socket early = post("a");
    await("it waits", () -> harness.port.waitingForHttp() == 1);
    harness.port.httpUnavailable("no \"Liberty\" here");
    assertRefused(early, "no \\\"Liberty\\\" here");
    assertRefused(post("b"), "no \\\"Liberty\\\" here");
  }

  @Test
  void thoseWhoGiveUpLeaveTheirPlace() throws Exception {
    listen(HoldLimits.usual());
    Socket early = post("a");
    await("it waits", () -> harness.port.waitingForHttp() == 1);
    early.setSoLinger(true, 0);
    early.close();
    await("its place is free", () -> harness.port.waitingForHttp() == 0);
  }

  @Test
  void aThousandThatComeAtOnceLaterAreAllAnswered() throws Exception {
    listen(HoldLimits.usual());
    harness.port.serve();
    try (HttpEndpoint endpoint = new HttpEndpoint()) {
      harness.port.relayTo(endpoint.address());
      for (int i = 0; i < 1000; i++) {
        post("late " + i);
      }
      for (int i = 0; i < 1000; i++) {
        String body = "late " + i;
        assertThat(answer(sockets.get(i), body.length())).isEqualTo(body);
      }
    }
  }
}
