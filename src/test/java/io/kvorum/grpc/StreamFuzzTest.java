package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TestAuthority;
import io.kvorum.tls.TestSockets;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tls.TlsProfile;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of HTTP/2 whose frames make little sense: they end their streams or their connection, and
 * leave nothing behind. {@code -Dkvorum.seed} repeats a run.
 */
@Timeout(300)
class StreamFuzzTest {
  private static final long SEED = Long.getLong("kvorum.seed", 20_261_201);
  private static final int CLIENTS = 500;
  private static final int MOST_FRAMES = 40;
  private static final Duration SOON = Duration.ofSeconds(60);

  /** What a connection that is just being closed may still have. */
  private static final long SLACK_BYTES = 1 << 20;

  private static final List<String> PATHS =
      List.of(
          "/page",
          "/v3/echo",
          "/v3/watch",
          "/v3/wait",
          "/v3/torn",
          "/v3/hang-up",
          "/v3/bytes/200000",
          "/v3/chunks/50",
          "/nowhere",
          "wrong");

  private static final OperatorPages PAGES =
      new OperatorPages() {
        @Override
        public boolean has(String path) {
          return path.equals("/page");
        }

        @Override
        public CompletableFuture<PlainAnswer> answer(Request request) {
          return CompletableFuture.completedFuture(PlainAnswer.text("the page"));
        }
      };

  @TempDir private Path directory;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private SSLContext context;
  private HttpEndpoint endpoint;
  private ServerTls tls;
  private PortHarness harness;

  @BeforeEach
  void start() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.server("server").write(directory, "server");
    context = TestSockets.context(authority, null);
    tls =
        ServerTls.open(
            TlsFiles.of(
                directory.resolve("server.pem").toString(),
                directory.resolve("server.key").toString()),
            TlsProfile.usual());
    endpoint = new HttpEndpoint();
    harness = new PortHarness(PortHarness.settings(0), PAGES, new TlsListeners(tls, Set.of()));
    harness.port.relayTo(endpoint.address());
    harness.port.provide(new StreamRegistry(() -> true), List.of());
    harness.port.serve();
  }

  @AfterEach
  void stop() throws IOException {
    harness.close();
    tls.close();
    endpoint.close();
  }

  private RawHttp2 connect() throws IOException, Http2Exception {
    SSLSocket socket = TestSockets.connect(context, harness.address());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    return new RawHttp2(socket, random.nextBoolean() ? 65_535 : random.nextInt(2000));
  }

  private byte[] randomBytes(int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private void sendNonsense(RawHttp2 client, int last) throws IOException, Http2Exception {
    int stream = last < 1 ? 1 : 1 + 2 * random.nextInt(last / 2 + 2);
    switch (random.nextInt(10)) {
      case 0 -> client.headers(stream, new DefaultHttp2Headers().add("a", "b"), true);
      case 1 -> client.reset(stream);
      case 2 -> client.raw(8, 0, stream, new byte[] {0, 1, 0, 0}); // more credit
      case 3 -> client.halfClose(stream);
      case 4 -> client.raw(4, 0, 0, new byte[] {0, 4, 0, 0, 0, (byte) random.nextInt(256)});
      case 5 -> client.raw(2, 0, stream, new byte[] {0, 0, 0, 0, 1}); // a priority
      case 6 -> client.raw(random.nextInt(16), random.nextInt(256), stream, randomBytes(50));
      default -> client.raw(0, random.nextInt(2), stream, randomBytes(5000));
    }
  }

  /** Sends requests and nonsense, until it vanishes or is closed. */
  private void misbehave() throws IOException, Http2Exception {
    try (RawHttp2 client = connect()) {
      try {
        int last = -1;
        for (int i = random.nextInt(MOST_FRAMES); i >= 0; i--) {
          if (random.nextInt(3) == 0) {
            String path = PATHS.get(random.nextInt(PATHS.size()));
            last = client.request("POST", path, Map.of(), random.nextInt(3) == 0);
          } else {
            sendNonsense(client, last);
          }
        }
        if (random.nextBoolean()) {
          client.sync();
        }
      } catch (IOException closed) {
        return; // as it may be
      }
      client.vanish(random.nextBoolean());
    }
  }

  @Test
  void nonsenseOnStreamsCostsItsSenderAlone() throws Exception {
    System.out.println("seed " + SEED);
    long before = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    try (RawHttp2 bystander = connect()) {
      for (int i = 0; i < CLIENTS; i++) {
        misbehave();
        int page = bystander.request("GET", "/page", Map.of(), true);
        assertThat(bystander.end(page).http()).isEqualTo("200");
      }
    }
    endpoint.answer();
    Await.until("the end of the exchanges", SOON, () -> endpoint.openConnections() == 0);
    Await.until("the end of connections", SOON, () -> harness.port.presenceBytes() == 0);
    Await.until(
        "buffers are released",
        SOON,
        () -> PooledByteBufAllocator.DEFAULT.pinnedDirectMemory() <= before + SLACK_BYTES);
  }
}
