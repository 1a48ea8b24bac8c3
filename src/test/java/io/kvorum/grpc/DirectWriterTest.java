package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.service.DirectAnswer;
import io.kvorum.service.RelayedConnections;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that go past the endpoint, as a client sees them. */
@Timeout(60)
final class DirectWriterTest {
  private static final Pattern PROOF = Pattern.compile(RelayedConnections.PROOF + ": (\\w+)");

  private static final Duration SOON = Duration.ofSeconds(10);

  private static final String PIECE = "y".repeat(100_000);

  /** The sender's buffer grows to 4 MB, the client's is set small. */
  private static final int MORE_PIECES_THAN_THE_NETWORK_HOLDS = 100;

  private final CompletableFuture<DirectAnswer> opened = new CompletableFuture<>();
  private final Semaphore ready = new Semaphore(0);
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private ServerSocket endpoint;
  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    endpoint = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    harness =
        new PortHarness(
            new StreamRegistry(() -> true),
            List.of(),
            (InetSocketAddress) endpoint.getLocalSocketAddress());
  }

  @AfterEach
  void stop() throws IOException {
    harness.close();
    endpoint.close();
  }

  /** The client asks, and the endpoint answers with a head alone. */
  private Socket ask(Socket[] taken) throws Exception {
    Socket client = harness.socket();
    client
        .getOutputStream()
        .write(
            "POST /v3/kv/range HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
                .getBytes(StandardCharsets.US_ASCII));
    Socket there = endpoint.accept();
    Matcher proof = PROOF.matcher(readUntil(there, "{}"));
    assertThat(proof.find()).isTrue();
    RelayedConnections.Client registered =
        harness.relayed.clientOf(there.getPort(), proof.group(1));
    opened.complete(registered.answer());
    opened.join().begin(ready::release, () -> gone.complete(null));
    send(
        there,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + DirectAnswer.HEADER
            + ": yes\r\nTransfer-Encoding: chunked\r\n\r\n");
    taken[0] = there;
    return client;
  }

  private static void send(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    opened.join().write(bytes, 0, bytes.length);
  }

  private static String readUntil(Socket client, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    InputStream in = client.getInputStream();
    while (text.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      text.append((char) next);
    }
    return text.toString();
  }

  @Test
  void eachWriteIsAChunkAndTheHeadSaysNothingOfIt() throws Exception {
    Socket[] there = new Socket[1];
    try (Socket client = ask(there)) {
      write("first\n");
      write("x".repeat(20_000) + "\n");
      opened.join().end();
      send(there[0], "0\r\n\r\n");
      String answer = readUntil(client, "\r\n0\r\n\r\n");
      assertThat(answer.toLowerCase(Locale.ROOT))
          .startsWith("http/1.1 200 ok")
          .contains("transfer-encoding: chunked")
          .doesNotContain("kvorum");
      assertThat(answer)
          .endsWith("\r\n\r\n6\r\nfirst\n\r\n4e21\r\n" + "x".repeat(20_000) + "\n\r\n0\r\n\r\n");
      assertThat(gone).isNotDone();
    }
  }

  @Test
  void aClientThatDoesNotReadMakesItWaitAndIsNoLongerWaitedForWhenItReads() throws Exception {
    Socket[] there = new Socket[1];
    try (Socket client = ask(there)) {
      client.setReceiveBufferSize(64 << 10);
      for (int i = 0; i < MORE_PIECES_THAN_THE_NETWORK_HOLDS; i++) {
        write(PIECE);
      }
      assertThat(opened.join().isReady()).isFalse();
      // Not on this thread: the client may have all bytes before the writer learns that they left.
      FutureTask<byte[]> answer =
          new FutureTask<>(
              () ->
                  client
                      .getInputStream()
                      .readNBytes(MORE_PIECES_THAN_THE_NETWORK_HOLDS * PIECE.length()));
      new Thread(answer, "slow client").start();
      assertThat(ready.tryAcquire(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(opened.join().isReady()).isTrue();
      assertThat(answer.get(SOON.toSeconds(), TimeUnit.SECONDS)).endsWith('y', 'y');
    }
  }

  @Test
  void theRestFaceLearnsThatTheClientHasGone() throws Exception {
    Socket[] there = new Socket[1];
    try (Socket client = ask(there)) {
      write("first\n");
      assertThat(readUntil(client, "first\n")).contains("first");
    }
    Await.until(
        "it knows",
        SOON,
        () -> {
          write("more\n");
          return gone.isDone();
        });
  }

  @Test
  void anAnswerThatIsNotCompleteIsBrokenOff() throws Exception {
    Socket[] there = new Socket[1];
    try (Socket client = ask(there)) {
      write("first\n");
      send(there[0], "0\r\n\r\n");
      assertThat(readUntil(client, "\r\n0\r\n\r\n")).doesNotContain("\r\n0\r\n");
    }
  }

  @Test
  void theConnectionServesTheNextRequest() throws Exception {
    Socket[] there = new Socket[1];
    try (Socket client = ask(there)) {
      write("first\n");
      opened.join().end();
      send(there[0], "0\r\n\r\n");
      readUntil(client, "\r\n0\r\n\r\n");
      client
          .getOutputStream()
          .write(
              "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
                  .getBytes(StandardCharsets.US_ASCII));
      readUntil(there[0], "{}");
      send(there[0], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      assertThat(readUntil(client, "{}")).endsWith("{}");
    }
  }
}
