package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.service.RelayedConnections;
import io.kvorum.testing.Await;
import io.kvorum.testing.OpenSockets;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.RawHttp;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Other processes of this machine, curl and this one, at the port on loopback that the client port
 * relays JSON to: from its first moment on, they get no answer but a refusal.
 */
@Paired
@Timeout(600)
final class RelayAccessIT {
  private static final String FORBIDDEN = "403 0";
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

  @TempDir private static Path directory;
  private static final URI CLIENT = Ports.freeUrl();
  private static ServerProcess member;
  private static int relay;
  private static final List<String> EARLY_ANSWERS = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    member =
        ServerProcess.kvorum(
            "--data-dir=" + directory.resolve("m"),
            "--listen-client-urls=" + CLIENT,
            "--kvorum-admin-url=");
    AtomicReference<OptionalInt> found = new AtomicReference<>(OptionalInt.empty());
    Await.until(
        "JSON is served",
        ServerProcess.PATIENCE,
        () -> {
          if (found.get().isEmpty()) {
            found.set(findRelay());
          }
          found.get().ifPresent(port -> EARLY_ANSWERS.add(early(port)));
          return member.stderr().stream().anyMatch(line -> line.contains("JSON clients are"));
        });
    relay = found.get().orElseThrow();
  }

  @AfterAll
  static void stop() throws Exception {
    member.close();
  }

  /** What is neither the port for clients nor that for peers. */
  private static OptionalInt findRelay() {
    Set<Integer> named = Set.of(CLIENT.getPort());
    List<Integer> others =
        OpenSockets.listening(member.pid()).stream()
            .filter(address -> address.getAddress().isLoopbackAddress())
            .map(InetSocketAddress::getPort)
            .filter(port -> !named.contains(port))
            .filter(RelayAccessIT::speaksHttp)
            .toList();
    assertThat(others).hasSizeLessThanOrEqualTo(1);
    return others.stream().mapToInt(port -> port).findFirst();
  }

  /** The port for peers does not. */
  private static boolean speaksHttp(int port) {
    try {
      return answer(connect(0, port), "GET / HTTP/1.1\r\nHost: x\r\n\r\n").startsWith("HTTP/1.1");
    } catch (IOException refused) {
      return false;
    }
  }

  private static String early(int port) {
    try {
      return answer(connect(0, port), post("/v3/kv/put", PUT));
    } catch (IOException refused) {
      return "refused";
    }
  }

  private static Socket connect(int from, int to) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setReuseAddress(true);
      socket.setSoTimeout(20_000);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), from));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to));
      return socket;
    } catch (IOException failed) {
      socket.close();
      throw failed;
    }
  }

  private static String post(String path, String body, String... headers) {
    StringBuilder request = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: x\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return request + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  /** The first line of the answer, and what follows the head. */
  private static String answer(Socket socket, String request) throws IOException {
    try (socket) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      String all = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      int end = all.indexOf("\r\n\r\n");
      return end < 0 ? all : all.substring(0, all.indexOf("\r\n")) + "|" + all.substring(end + 4);
    } catch (SocketException reset) {
      return "refused";
    }
  }

  private static String curl(String path, String... arguments) throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "-sS",
                "--path-as-is",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code} %{size_download}"));
    command.addAll(List.of(arguments));
    command.add("http://127.0.0.1:" + relay + path);
    return SystemCommand.attempt(command.toArray(String[]::new)).output();
  }

  @Test
  void theFirstAnswersOfThePortAreRefusalsToo() {
    assertThat(EARLY_ANSWERS).isNotEmpty().allMatch(RelayAccessIT::isRefusal);
  }

  private static boolean isRefusal(String answer) {
    return answer.equals("refused") || answer.startsWith("HTTP/1.1 403") && answer.endsWith("|");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/health",
        "/health/live",
        "/livez",
        "/readyz/",
        "/version",
        "/metrics",
        "/debug/vars",
        "/openapi",
        "/openapi/ui",
        "/ibm/api/docs",
        "/v3",
        "/v3/",
        "/v3/kv/put",
        "/v3/kv/range",
        "/v3/kv/compaction",
        "/v3beta/kv/range",
        "/v3/watch",
        "/v3/lease/keepalive",
        "/v3/maintenance/snapshot",
        "/v3/cluster/member/list",
        "/v3/auth/enable",
        "/v3/nothing",
        "//v3/kv/range",
        "/./v3/kv/range",
        "/v3;a=b/kv/range",
        "/kvorum/v3/kv/range"
      })
  void noPathIsServed(String path) throws Exception {
    assertThat(curl(path)).isEqualTo(FORBIDDEN);
    assertThat(curl(path, "-d", "{}")).isEqualTo(FORBIDDEN);
    assertThat(curl(path, "-X", "OPTIONS")).isEqualTo(FORBIDDEN);
    assertThat(curl(path, "-I")).isEqualTo(FORBIDDEN);
    assertThat(curl(path, "-X", "PUT", "-d", "{}")).isEqualTo(FORBIDDEN);
  }

  /** The container does not even ask the application. */
  @ParameterizedTest
  @ValueSource(strings = {"/WEB-INF/web.xml", "/WEB-INF/lib/", "/META-INF/MANIFEST.MF"})
  void noFileOfTheApplicationIsServed(String path) throws Exception {
    assertThat(curl(path)).matches("40[34] \\d{1,2}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        RelayedConnections.PROOF + ": 00000000000000000000000000000000",
        RelayedConnections.PROOF + ";",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Port: 2379",
        "Forwarded: for=127.0.0.1;proto=https",
        "$WSSP: 80",
        "$WSPT: 80",
        "$WSRA: 127.0.0.1",
        "$WSIS: true",
        "$WSSC: https",
        "$WSSN: other",
        "Host: 127.0.0.1:9990",
        "Authorization: Bearer x",
        "Upgrade: h2c"
      })
  void noHeaderOpensThePort(String header) throws Exception {
    assertThat(curl("/v3/kv/put", "-d", PUT, "-H", header)).isEqualTo(FORBIDDEN);
    assertThat(curl("/health", "-H", header)).isEqualTo(FORBIDDEN);
  }

  @Test
  void thePortOfARelayedConnectionThatHasEndedOpensNothing() throws Exception {
    int port;
    try (RawHttp client = RawHttp.connect(CLIENT)) {
      client.send(post("/v3/kv/put", PUT));
      assertThat(client.head()).startsWith("HTTP/1.1 200 ");
      port = OpenSockets.connectedTo(member.pid(), relay).get(0);
    }
    AtomicReference<String> answer = new AtomicReference<>("");
    Await.until(
        "the system gives the port away",
        Duration.ofMinutes(2),
        () -> {
          try {
            answer.set(answer(connect(port, relay), post("/v3/kv/put", PUT)));
            return true;
          } catch (IOException inUse) {
            return false;
          }
        });
    assertThat(answer.get()).matches(RelayAccessIT::isRefusal);
  }
}
