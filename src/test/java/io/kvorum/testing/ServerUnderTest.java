package io.kvorum.testing;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInfo;

/**
 * The server that integration tests talk to: the one at {@code -Dkvorum.endpoint}, or else one that
 * is started for the tests. {@code -Dkvorum.reference=etcd34} starts a stock etcd 3.4 instead of
 * Kvorum, to check the tests themselves; {@code -Dkvorum.reference=follower} a Kvorum that follows
 * in a cluster of three. Tests share it, so each keeps to its own key prefix. Thread-safe.
 */
public final class ServerUnderTest implements AutoCloseable {

  private static final AtomicInteger DIRECTORIES = new AtomicInteger();

  /** Separates runs against a server that lives longer than one of them. */
  private static final String RUN = Long.toString(System.currentTimeMillis(), 36);

  private final URI endpoint;
  private final @Nullable ServerProcess process;
  private final @Nullable LocalCluster cluster;

  private ServerUnderTest(
      URI endpoint, @Nullable ServerProcess process, @Nullable LocalCluster cluster) {
    this.endpoint = endpoint;
    this.process = process;
    this.cluster = cluster;
  }

  static ServerUnderTest find() throws IOException, InterruptedException {
    String given = System.getProperty("kvorum.endpoint", "").strip();
    if (!given.isEmpty()) {
      return new ServerUnderTest(URI.create(given), null, null);
    }
    if (isFollower()) {
      LocalCluster cluster = LocalCluster.of(3);
      URI follower = cluster.awaitFollower().client();
      awaitJson(follower);
      return new ServerUnderTest(follower, null, cluster);
    }
    ServerProcess process = startOwn(List.of());
    awaitJson(process.endpoint());
    return new ServerUnderTest(process.endpoint(), process, null);
  }

  /** A member serves JSON later than gRPC, and refuses requests that wait for too long. */
  public static void awaitJson(URI client) {
    HttpRequest range =
        HttpRequest.newBuilder(client.resolve("/v3/kv/range"))
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    Await.until(
        "JSON is served",
        ServerProcess.PATIENCE,
        () ->
            HttpClient.newHttpClient()
                    .send(range, HttpResponse.BodyHandlers.discarding())
                    .statusCode()
                != HttpURLConnection.HTTP_UNAVAILABLE);
  }

  /** Starts a server for one test alone, with a fresh data directory. */
  public static ServerProcess startOwn(List<String> flags)
      throws IOException, InterruptedException {
    return ServerProcess.start(
        ServerKind.underTest(), freshDirectory("server"), flags, environment());
  }

  /** A heap of modest size, so that several servers fit on a small machine. */
  public static Map<String, String> environment() {
    return System.getenv().containsKey("JVM_ARGS") ? Map.of() : Map.of("JVM_ARGS", "-Xmx512m");
  }

  /** A directory below target/ that does not exist yet, in an empty parent. */
  public static Path freshDirectory(String name) throws IOException {
    Path parent =
        ServerKind.projectRoot()
            .resolve("target/it")
            .resolve(ProcessHandle.current().pid() + "-" + DIRECTORIES.incrementAndGet());
    if (Files.exists(parent)) {
      try (Stream<Path> old = Files.walk(parent)) {
        for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    return Files.createDirectories(parent).resolve(name);
  }

  /** True where the tests run against etcd 3.4, which differs in places from level 3.7. */
  public static boolean isReference34() {
    return ServerKind.underTest() == ServerKind.ETCD;
  }

  /** True where the server is one of three, and does not lead them. */
  public static boolean isFollower() {
    return ServerKind.underTest() == ServerKind.FOLLOWER;
  }

  public URI endpoint() {
    return endpoint;
  }

  /** A key prefix that belongs to this test and run alone; ends with a slash. */
  public static String prefix(TestInfo test) {
    return test.getTestClass().map(Class::getSimpleName).orElse("?")
        + "/"
        + test.getTestMethod().map(java.lang.reflect.Method::getName).orElse("?")
        + "-"
        + RUN
        + "/";
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null) {
      process.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }
}
