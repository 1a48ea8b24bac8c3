package io.kvorum.plain;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A foreign Liberty that serves JSON on the client URLs, configured as docs/plain-liberty.md says,
 * word for word but for ports and data directory.
 */
@Timeout(600)
final class RelayedLibertyIT {
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"MQ==\"}";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private final URI client = Ports.freeUrl();
  private final URI admin = Ports.freeUrl();
  private final URI relay = Ports.freeUrl();

  @Test
  void theClientUrlsServeJsonAndTheRelayServesNobodyElse() throws Exception {
    configure();
    try (ServerProcess server = start()) {
      Await.until("the client port listens", ServerProcess.PATIENCE, this::isListening);
      // Early: Liberty opens its ports later, and what comes before is held.
      HttpResponse<String> put = send(post(client, "/v3/kv/put"));
      assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
      assertThat(put.body()).contains("\"revision\":\"2\"");

      assertThat(send(post(relay, "/v3/kv/put")).statusCode()).isEqualTo(403);
      assertThat(send(get(client, "/health")).body())
          .isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");
      assertThat(send(get(client, "/metrics")).body()).contains("etcd_server_has_leader 1");
      assertThat(send(get(admin, "/health")).body()).contains("\"status\":\"UP\"");
      assertThat(send(get(admin, "/metrics")).body()).contains("kvorum_has_leader");
      assertThat(send(post(admin, "/v3/kv/put")).statusCode()).isEqualTo(404);
      LibertyLog log = LibertyLog.below(directory.resolve("output/relayed"));
      assertThat(log.unexpected(LibertyPage.read())).isEmpty();
    }
  }

  private void configure() throws Exception {
    Path server = Files.createDirectories(directory.resolve("users/servers/relayed"));
    Files.writeString(server.resolve("server.xml"), LibertyPage.read().serverWithRelay());
    Path overrides = Files.createDirectories(server.resolve("configDropins/overrides"));
    Files.writeString(
        overrides.resolve("test.xml"),
        """
        <server>
          <httpEndpoint id="defaultHttpEndpoint" httpPort="%d"/>
          <virtualHost id="admin">
            <hostAlias>*:%d</hostAlias>
          </virtualHost>
          <httpEndpoint id="relay" httpPort="%d"/>
          <variable name="kvorum.relay.port" value="%d"/>
          <variable name="kvorum.data-dir" value="%s"/>
          <variable name="kvorum.listen-client-urls" value="%s"/>
          <variable name="kvorum.listen-peer-urls" value="%s"/>
        </server>
        """
            .formatted(
                admin.getPort(),
                admin.getPort(),
                relay.getPort(),
                relay.getPort(),
                directory.resolve("data"),
                client,
                Ports.freeUrl()));
    Path apps = Files.createDirectories(server.resolve("apps"));
    Files.copy(Path.of("target/kvorum.war"), apps.resolve("kvorum.war"));
  }

  /** Without the script, so that the process is the server itself. */
  private ServerProcess start() throws Exception {
    Path liberty = Path.of(System.getProperty("liberty.home", ""));
    Path tools = liberty.resolve("bin/tools");
    return ServerProcess.launch(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "@" + liberty.resolve("lib/platform/java/java9.options"),
            "-javaagent:" + tools.resolve("ws-javaagent.jar"),
            "-jar",
            tools.resolve("ws-server.jar").toString(),
            "relayed"),
        directory.resolve("console.log"),
        client,
        Map.of(
            "WLP_USER_DIR", directory.resolve("users").toString(),
            "WLP_OUTPUT_DIR", directory.resolve("output").toString()));
  }

  private boolean isListening() throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(client.getHost(), client.getPort()));
      return true;
    }
  }

  private static HttpRequest post(URI server, String path) {
    return request(server, path).POST(HttpRequest.BodyPublishers.ofString(PUT)).build();
  }

  private static HttpRequest get(URI server, String path) {
    return request(server, path).build();
  }

  private static HttpRequest.Builder request(URI server, String path) {
    return HttpRequest.newBuilder(server.resolve(path))
        .version(HttpClient.Version.HTTP_1_1)
        .timeout(Duration.ofSeconds(60));
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
  }
}
