package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A member on each JDK of this machine that Kvorum can run on: it works, and the JVM is quiet. */
@Paired
@Timeout(900)
final class JdksIT {
  private static final int OLDEST = 17;

  /** Where distributions and CI services install JDKs. */
  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/lib/jvm"),
          Path.of("/opt"),
          Path.of("/opt/java"),
          Path.of(System.getProperty("user.home"), ".sdkman/candidates/java"));

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource("jdks")
  void aMemberServesWithoutWarningsOf(Path jdk) throws Exception {
    URI client = Ports.freeUrl();
    try (ServerProcess member =
        ServerProcess.kvorum(
            Path.of("bin/kvorum").toAbsolutePath(),
            Map.of("JAVA_HOME", jdk.toString()),
            "--data-dir=" + directory.resolve("m"),
            "--listen-client-urls=" + client,
            "--kvorum-admin-url=")) {
      member.awaitReady();
      assertThat(etcdctl(client, "put", "jdk", jdk.toString())).isEqualTo("OK");
      assertThat(etcdctl(client, "get", "jdk", "--print-value-only")).isEqualTo(jdk.toString());
      String answer =
          Await.answer(
              "JSON on " + jdk + member.lastOutput(),
              ServerProcess.PATIENCE,
              () -> json(client.resolve("/v3/kv/range"), "{\"key\":\"amRr\"}"));
      assertThat(answer).contains("\"count\"");
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints()).isEmpty();
      assertThat(member.stdout()).noneMatch(line -> line.toLowerCase().contains("warning"));
    }
  }

  private static String etcdctl(URI endpoint, String... words) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("etcdctl", "--endpoints=" + endpoint));
    command.addAll(List.of(words));
    SystemCommand.Outcome outcome = SystemCommand.attempt(command.toArray(String[]::new));
    assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
    return outcome.output();
  }

  private static String json(URI uri, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  /** The JDKs that are found, each once, by version. */
  static Stream<Path> jdks() throws IOException {
    List<Path> candidates = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.startsWith("JAVA_HOME")) {
                candidates.add(Path.of(value));
              }
            });
    for (Path place : PLACES) {
      if (Files.isDirectory(place)) {
        try (Stream<Path> entries = Files.list(place)) {
          entries.forEach(candidates::add);
        }
      }
    }
    Map<String, Path> byVersion = new TreeMap<>();
    for (Path candidate : candidates) {
      Path release = candidate.resolve("release");
      if (Files.isReadable(release) && Files.isExecutable(candidate.resolve("bin/java"))) {
        String version = version(release);
        if (Integer.parseInt(version.replaceFirst("\\..*", "")) >= OLDEST) {
          byVersion.putIfAbsent(version, candidate.toRealPath());
        }
      }
    }
    return byVersion.values().stream();
  }

  private static String version(Path release) throws IOException {
    Properties properties = new Properties();
    try (var in = Files.newBufferedReader(release)) {
      properties.load(in);
    }
    return properties.getProperty("JAVA_VERSION", "0").replace("\"", "");
  }
}
