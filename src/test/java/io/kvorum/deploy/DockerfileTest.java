package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.MemberUrl;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the image is, short of building it: no container engine is needed. */
final class DockerfileTest {
  private Dockerfile file;

  @BeforeEach
  void read() throws IOException {
    file = Dockerfile.read();
  }

  @Test
  void aMemberWithTheDefaultsOfTheImageServesOutsideItAndKeepsItsDataInTheVolume() {
    file.environment().keySet().forEach(Workload::assertVariable);
    MemberConfig member = Workload.config(Map.of(), file.environment());
    assertThat(member.listeners().client()).containsExactly(new MemberUrl("http", "0.0.0.0", 2379));
    assertThat(file.only("EXPOSE").split(" ")).contains("2379", "2380");
    assertThat(member.dataDirectory()).startsWithRaw(Path.of(file.only("VOLUME")));
  }

  @Test
  void itIsMadeFromTheArchiveWithItsCachesAndRunsAsTheUserOfTheManifests() throws IOException {
    assertThat(file.all("COPY"))
        .containsExactly("target/kvorum-*.tar.gz /tmp/", "--from=unpacked /opt/kvorum /opt/kvorum");
    assertThat(file.all("FROM")).containsExactly("${JRE} AS unpacked", "${JRE}");
    assertThat(file.all("RUN")).anyMatch(command -> command.endsWith("bin/kvorum prepare"));
    String user = file.only("USER");
    assertThat(user).matches("[1-9]\\d*:[1-9]\\d*");
    assertThat(Files.readString(Path.of("deploy/statefulset.yaml")))
        .contains("runAsUser: " + user.split(":")[0] + "\n")
        .contains("runAsGroup: " + user.split(":")[1] + "\n");
    assertThat(file.only("STOPSIGNAL")).isEqualTo("SIGTERM");
  }

  @Test
  void itStartsWhatTheManifestsStart() throws IOException {
    List<YamlNode> pods =
        YamlNode.documents("static-pod.yaml", Files.readString(Path.of("deploy/static-pod.yaml")));
    YamlNode command = Workload.container(pods.get(0)).at("command").items().get(0);
    assertThat(Dockerfile.words(file.only("ENTRYPOINT"))).containsExactly(command.value() + "");
  }

  @Test
  void itsHealthCheckTellsAServingMemberFromOneThatDoesNot() throws Exception {
    assumeTrue(ServerKind.onPath("bash").isPresent(), "no bash on the PATH");
    int[] status = {200};
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/readyz",
        exchange -> {
          exchange.sendResponseHeaders(status[0], -1);
          exchange.close();
        });
    server.start();
    try {
      int port = server.getAddress().getPort();
      assertThat(check(port)).isZero();
      status[0] = 503;
      assertThat(check(port)).isEqualTo(1);
      server.stop(0);
      assertThat(check(port)).isEqualTo(1);
    } finally {
      server.stop(0);
    }
  }

  /** Runs the health check against another port; 0 means healthy, 1 unhealthy. */
  private int check(int port) throws InterruptedException {
    return SystemCommand.attempt(
            file.healthcheck().stream()
                .map(word -> word.replace("2379", Integer.toString(port)))
                .toArray(String[]::new))
        .status();
  }
}
