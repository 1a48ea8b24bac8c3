package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import io.kvorum.tls.TestAuthority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Connections that are half open, slow or idle, at the plain and at the TLS port of a member with a
 * small heap, beside clients that behave: {@code -Dkvorum.connections=10000} for as many as the
 * issue asks for.
 */
@Timeout(600)
final class ManyConnectionsIT {
  private static final int CONNECTIONS = Integer.getInteger("kvorum.connections", 2_000);
  private static final int ROUNDS = 20;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

  /** The head of a record that is 512 bytes long, and the beginning of a ClientHello. */
  private static final byte[] HALF_A_HELLO = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

  @TempDir private Path directory;
  private final URI plain = Ports.freeUrl();
  private final int secured = Ports.free();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private ServerProcess start() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.server("server").write(directory, "server");
    ServerProcess member =
        ServerProcess.kvorum(
            Path.of("bin/kvorum").toAbsolutePath(),
            Map.of("JVM_ARGS", "-Xmx512m"),
            "--data-dir=" + directory.resolve("m"),
            "--listen-client-urls=" + plain + ",https://127.0.0.1:" + secured,
            "--cert-file=" + directory.resolve("server.pem"),
            "--key-file=" + directory.resolve("server.key"),
            "--kvorum-admin-url=");
    member.awaitReady();
    member.awaitLogged("JSON clients are served");
    return member;
  }

  /**
   * Sends what makes the connection half open, slow or idle; a refused one is the server's right.
   */
  private void open(int number, List<SocketChannel> open) throws IOException {
    boolean isSecured = number % 2 == 0;
    SocketChannel channel = SocketChannel.open();
    open.add(channel);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.connect(new InetSocketAddress("127.0.0.1", isSecured ? secured : plain.getPort()));
    byte[] first =
        switch (number / 2 % 4) {
          case 0 -> new byte[0];
          case 1 -> isSecured ? HALF_A_HELLO : ascii("POST /v3/kv/put HT");
          case 2 ->
              isSecured
                  ? ascii("\u0000\u0001garbage, no TLS")
                  : ascii("POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
          default -> isSecured ? ascii("\u0016") : ascii("PRI * HTTP/2.0\r\n");
        };
    try {
      channel.write(ByteBuffer.wrap(first));
    } catch (IOException ended) {
      channel.close();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A little more of what a slow client has to say. */
  private static void goOn(List<SocketChannel> open) {
    for (int i = 0; i < open.size(); i += 7) {
      try {
        open.get(i).write(ByteBuffer.wrap(new byte[] {'T'}));
      } catch (IOException ended) {
        // The member ends what takes too long.
      }
    }
  }

  private HttpResponse<String> send(String path, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(plain.resolve(path)).timeout(SOON);
    return http.send(
        body.isEmpty()
            ? request.build()
            : request.POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private Duration round() throws Exception {
    long begin = System.nanoTime();
    assertThat(send("/v3/kv/put", PUT).statusCode()).isEqualTo(200);
    assertThat(send("/v3/kv/range", "{\"key\":\"YQ==\"}").body()).contains("\"value\":\"Yg==\"");
    assertThat(send("/readyz", "").statusCode()).isEqualTo(200);
    assertThat(send("/metrics", "").statusCode()).isEqualTo(200);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static long files(ServerProcess member) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + member.pid() + "/fd"))) {
      return descriptors.count();
    }
  }

  @Test
  void clientsThatBehaveAreServedBesideThousandsThatDoNot() throws Exception {
    List<SocketChannel> open = new ArrayList<>();
    try (ServerProcess member = start()) {
      round();
      long files = files(member);
      Duration slowest = Duration.ZERO;
      for (int i = 0; i < CONNECTIONS; i++) {
        open(i, open);
        if (i % (CONNECTIONS / ROUNDS) == 0) {
          goOn(open);
          Duration round = round();
          slowest = round.compareTo(slowest) > 0 ? round : slowest;
        }
      }
      for (int i = 0; i < ROUNDS; i++) {
        goOn(open);
        Duration round = round();
        slowest = round.compareTo(slowest) > 0 ? round : slowest;
      }
      System.out.println(
          CONNECTIONS + " connections; the slowest round of four calls took " + slowest);
      assertThat(slowest).isLessThan(Duration.ofSeconds(10));
      for (SocketChannel channel : open) {
        channel.close();
      }
      Await.until("files are closed", SOON, () -> files(member) <= files + 10);
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints())
          .allMatch(
              line ->
                  line.contains("RefusedHandshakes: rejected ")
                      || line.contains("are served without TLS"));
    } finally {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
  }
}
