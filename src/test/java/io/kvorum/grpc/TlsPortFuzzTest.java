package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.CapturedLog;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TestAuthority;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tls.TlsProfile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A TLS port that gets what is nearly TLS: each such client is ended, and leaves nothing behind.
 * {@code -Dkvorum.seed} repeats a run.
 */
@Timeout(300)
class TlsPortFuzzTest {
  private static final long SEED = Long.getLong("kvorum.seed", 20_261_130);
  private static final int CLIENTS = 400;
  private static final int HALF_OPEN = 300;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int RECORD_HEAD = 5;

  @TempDir private Path directory;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private TestAuthority authority;
  private SSLContext client;
  private CapturedLog log;
  private ServerTls tls;
  private PortHarness harness;

  @BeforeEach
  void start() throws Exception {
    log = CapturedLog.of("io.kvorum.tls.RefusedHandshakes");
    authority = new TestAuthority("ca");
    authority.server("server").write(directory, "server");
    tls =
        ServerTls.open(
            TlsFiles.of(
                directory.resolve("server.pem").toString(),
                directory.resolve("server.key").toString()),
            TlsProfile.usual());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", authority.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    client = SSLContext.getInstance("TLS");
    client.init(null, trust.getTrustManagers(), null);
  }

  /**
   * @param isShared whether clients may do without TLS
   */
  private void serve(boolean isShared) throws IOException {
    Set<SocketAddress> shared = isShared ? Set.of(new InetSocketAddress("127.0.0.1", 0)) : Set.of();
    harness =
        new PortHarness(
            PortHarness.settings(0), new OnePage(), new TlsListeners(tls, Set.of(), shared));
  }

  @AfterEach
  void stop() throws IOException {
    harness.close();
    tls.close();
    log.close();
  }

  /** The first record of a client. */
  private byte[] hello(String protocol) throws IOException {
    SSLEngine engine = client.createSSLEngine("127.0.0.1", 1);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {protocol});
    ByteBuffer out = ByteBuffer.allocate(64 << 10);
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] record(int type, byte[] content) {
    byte[] record = Arrays.copyOf(new byte[] {(byte) type, 3, 3}, RECORD_HEAD + content.length);
    record[3] = (byte) (content.length >> 8);
    record[4] = (byte) content.length;
    System.arraycopy(content, 0, record, RECORD_HEAD, content.length);
    return record;
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private byte[] mutated(byte[] hello) {
    byte[] bytes = hello.clone();
    int at = random.nextInt(bytes.length);
    return switch (random.nextInt(9)) {
      case 0 -> flipped(bytes);
      case 1 -> Arrays.copyOf(bytes, at);
      case 2 -> concat(bytes, bytes);
      case 3 -> concat(bytes, record(23, randomBytes(random.nextInt(2000)))); // early data
      case 4 -> record(random.nextInt(256), randomBytes(random.nextInt(20_000)));
      case 5 -> randomBytes(1 + random.nextInt(5000));
      case 6 ->
          concat(
              Arrays.copyOf(bytes, at),
              randomBytes(20),
              Arrays.copyOfRange(bytes, at, bytes.length));
      case 7 -> concat(bytes, record(20, new byte[] {1}), record(21, new byte[] {2, 40}));
      default -> inPieces(bytes);
    };
  }

  private byte[] flipped(byte[] bytes) {
    for (int i = random.nextInt(8); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  /** The handshake message in records of a few bytes, one of which may be empty. */
  private byte[] inPieces(byte[] hello) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    for (int at = RECORD_HEAD; at < hello.length; ) {
      int end = Math.min(hello.length, at + random.nextInt(40));
      records.writeBytes(record(22, Arrays.copyOfRange(hello, at, end)));
      at = end;
    }
    return records.toByteArray();
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = harness.address();
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout((int) SOON.toMillis());
    return socket;
  }

  /** Sends that, and reads until the port has closed the connection, or reset it. */
  private void send(byte[] bytes) throws IOException {
    try (Socket socket = connect()) {
      try {
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
        InputStream in = socket.getInputStream();
        while (in.read(new byte[4096]) >= 0) {}
      } catch (java.net.SocketException reset) {
        // That is an end as well.
      }
    }
  }

  private void assertOthersAreServed() throws IOException {
    InetSocketAddress address = harness.address();
    try (SSLSocket socket =
        (SSLSocket)
            client.getSocketFactory().createSocket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout((int) SOON.toMillis());
      socket
          .getOutputStream()
          .write("GET /page HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(RawAnswer.read(socket.getInputStream()).body()).isEqualTo("the page");
    }
  }

  /** The member's own; others belong to the JVM. */
  private static int threads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("kvorum-"))
            .count();
  }

  /** Has every event loop at work, so that none is started later. */
  private void warmUp() throws IOException {
    for (int i = 0; i < 4 * PortSettings.EVENT_LOOPS; i++) {
      assertOthersAreServed();
    }
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }

  private void awaitNothingIsLeft(long files, int threads) {
    Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
    Await.until("files are closed", SOON, () -> openFiles() <= files);
    Await.until("threads have ended", SOON, () -> threads() <= threads);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNearlyTlsEndsItsConnectionAndLeavesNothing(boolean isShared) throws Exception {
    serve(isShared);
    System.out.println("seed " + SEED);
    List<byte[]> hellos = List.of(hello("TLSv1.2"), hello("TLSv1.3"));
    warmUp();
    send(mutated(hellos.get(0)));
    Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
    long files = openFiles();
    int threads = threads();
    for (int i = 0; i < CLIENTS; i++) {
      send(mutated(hellos.get(i % 2)));
      if (i % 50 == 0) {
        assertOthersAreServed();
      }
    }
    assertOthersAreServed();
    awaitNothingIsLeft(files, threads);
  }

  @Test
  void othersAreServedBesideHalfOpenConnections() throws Exception {
    serve(false);
    byte[] hello = hello("TLSv1.3");
    warmUp();
    Await.until("nothing is counted", SOON, () -> harness.port.presenceBytes() == 0);
    long files = openFiles();
    int threads = threads();
    List<Socket> halfOpen = new ArrayList<>();
    try {
      for (int i = 0; i < HALF_OPEN; i++) {
        Socket socket = connect();
        halfOpen.add(socket);
        // Silent, in the middle of a record, or in the middle of the handshake.
        int length =
            i % 3 == 0 ? 0 : i % 3 == 1 ? 1 + random.nextInt(hello.length - 1) : hello.length;
        socket.getOutputStream().write(hello, 0, length);
      }
      for (int i = 0; i < 20; i++) {
        assertOthersAreServed();
      }
      // None of them is there for longer than a handshake may take.
      Await.until("they are ended", SOON, () -> harness.port.presenceBytes() == 0);
    } finally {
      for (Socket socket : halfOpen) {
        socket.close();
      }
    }
    awaitNothingIsLeft(files, threads);
  }
}
