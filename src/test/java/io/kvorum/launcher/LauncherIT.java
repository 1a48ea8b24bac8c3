package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ApiVersion;
import io.kvorum.testing.Ports;
import io.kvorum.testing.RawHttp;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real launcher of this build, as a user sees it. */
@Timeout(900)
final class LauncherIT {
  /** Liberty's own page where there is no application. */
  private static final String NO_APPLICATION = "context root for this request has not been found";

  private static final Path LAUNCHER = Path.of("bin/kvorum").toAbsolutePath();

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  @TempDir private Path directory;

  @Test
  void aMemberStartsAnswersOnItsEndpointsAndStopsCleanlyOnSigterm() throws Exception {
    int admin = Ports.free();
    int client = Ports.free();
    int further = Ports.free();
    int metrics = Ports.free();
    try (ServerProcess member =
        ServerProcess.kvorum(
            "--data-dir",
            directory.resolve("m").toString(),
            "--listen-client-urls",
            "http://127.0.0.1:" + client,
            "--listen-client-http-urls=http://127.0.0.1:" + further,
            "--listen-metrics-urls=http://127.0.0.1:" + metrics,
            "--cors=http://a.example:80",
            "--host-whitelist=127.0.0.1",
            "--kvorum-admin-url=http://127.0.0.1:" + admin)) {
      member.awaitReady();
      member.awaitLogged("JSON clients are served");
      assertThat(get(admin, "/health/live").statusCode()).isEqualTo(200);
      assertThat(get(admin, "/openapi/").body()).contains("\"/v3/kv/range\": {");
      assertThat(get(admin, "/openapi/ui/").body()).contains("swagger-ui.js");
      assertThat(get(admin, "/openapi/ui/swagger-ui.js").statusCode()).isEqualTo(200);
      assertThat(get(further, "/openapi/").statusCode()).isEqualTo(404);
      assertThat(askFor("localhost", client)).startsWith("HTTP/1.1 421 ");
      assertThat(askFor("127.0.0.1", client))
          .startsWith("HTTP/1.1 200 ")
          .contains("\nAccess-Control-Allow-Origin: http://a.example:80\n");
      assertThat(askFor("localhost", metrics)).startsWith("HTTP/1.1 200 ");
      assertThat(get(admin, "/metrics").body()).contains("# TYPE");
      assertThat(get(admin, "/v3/nothing").body()).contains(NO_APPLICATION);
      assertThat(get(further, "/v3/nothing").body()).doesNotContain(NO_APPLICATION);
      assertThat(get(further, "/version").statusCode()).isEqualTo(200);
      assertThat(get(metrics, "/metrics").statusCode()).isEqualTo(200);
      assertThat(get(metrics, "/v3/kv/range").statusCode()).isEqualTo(404);
      assertThat(get(metrics, "/version").statusCode()).isEqualTo(404);
      assertThat(get(client, "/version").statusCode()).isEqualTo(200);
      assertThat(get(client, "/v3/kv/range").body())
          .isEqualTo(
              "{\"code\":5,\"message\":\"this port does not serve JSON: it is served on"
                  + " --listen-client-http-urls\"}");
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints()).isEmpty();
      assertThat(directory.resolve("m/liberty/logs/messages.log")).exists();
    }
  }

  @Test
  void jsonClientsSeeNothingOfLibertyWhileTheMemberStops() throws Exception {
    int client = Ports.free();
    try (ServerProcess member =
        ServerProcess.kvorum(
            "--data-dir",
            directory.resolve("m").toString(),
            "--listen-client-urls=http://127.0.0.1:" + client,
            "--kvorum-admin-url=")) {
      member.awaitReady();
      CountDownLatch answered = new CountDownLatch(4);
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Future<Set<String>>> clients =
          IntStream.range(0, 4)
              .mapToObj(i -> threads.submit(() -> answersUntilTheEnd(client, answered)))
              .toList();
      threads.shutdown();
      assertThat(answered.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(member.terminate()).isZero();
      for (Future<Set<String>> answers : clients) {
        assertThat(answers.get(1, TimeUnit.MINUTES)).allMatch(this::isOurs);
      }
      assertThat(member.complaints()).isEmpty();
    }
  }

  private boolean isOurs(String answer) {
    return answer.startsWith("200 {\"header\"") || answer.startsWith("503 {\"code\":14");
  }

  private Set<String> answersUntilTheEnd(int port, CountDownLatch answered)
      throws InterruptedException {
    Set<String> answers = new HashSet<>();
    HttpRequest put =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v3/kv/put"))
            .POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"YQ==\",\"value\":\"Yg==\"}"))
            .build();
    try {
      while (true) {
        HttpResponse<String> answer = http.send(put, HttpResponse.BodyHandlers.ofString());
        if (answers.isEmpty()) {
          answered.countDown();
        }
        String body = answer.body();
        answers.add(answer.statusCode() + " " + body.substring(0, Math.min(30, body.length())));
      }
    } catch (IOException closed) {
      return answers;
    }
  }

  @Test
  void membersOfOneBuildRunSideBySideEvenIfTheAdminPortIsTaken() throws Exception {
    try (ServerProcess first = member("first");
        ServerProcess second = member("second")) {
      first.awaitReady();
      second.awaitReady();
      assertThat(Stream.of(first, second).flatMap(member -> member.stderr().stream()))
          .anyMatch(
              line -> line.contains("admin endpoint http://127.0.0.1:9990: the port is in use"));
      assertThat(first.terminate()).isZero();
      assertThat(second.terminate()).isZero();
    }
  }

  @Test
  void aHeapThatIsTooSmallIsRefusedBeforeAnythingIsTouched() throws Exception {
    Path data = directory.resolve("d");
    try (ServerProcess refused =
        ServerProcess.kvorum(LAUNCHER, Map.of("JVM_ARGS", "-Xmx32m"), "--data-dir=" + data)) {
      assertThat(refused.awaitExit()).isEqualTo(1);
      assertThat(refused.stderr())
          .singleElement()
          .asString()
          .startsWith("kvorum: a heap of 32 MiB is too small: a member needs at least ");
      assertThat(data).doesNotExist();
    }
  }

  @Test
  void aMemberStopsWhileItIsStillStarting() throws Exception {
    try (ServerProcess member = member("early")) {
      while (!Files.exists(directory.resolve("early/liberty"))) {
        Thread.onSpinWait();
      }
      member.terminate();
    }
    try (ServerProcess again = member("early")) {
      again.awaitReady();
      assertThat(again.terminate()).isZero();
    }
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String url = "http://127.0.0.1:" + taken.getLocalPort();
      refuses(
          1,
          "kvorum: cannot listen on " + url + " (--listen-client-urls): Address already in use",
          "--listen-client-urls=" + url);
      refuses(
          1,
          "kvorum: cannot listen on " + url + " (--listen-peer-urls): Address already in use",
          "--listen-client-urls=http://127.0.0.1:" + Ports.free(),
          "--listen-peer-urls=" + url);
      refuses(
          1,
          "kvorum: cannot listen on " + url + " (--kvorum-admin-url): Address already in use",
          "--listen-client-urls=http://127.0.0.1:" + Ports.free(),
          "--kvorum-admin-url=" + url);
    }
  }

  @Test
  void aPortThatIsNamedTwiceIsRefused() throws Exception {
    String url = "http://127.0.0.1:" + Ports.free();
    refuses(
        1,
        "kvorum: cannot listen on "
            + url
            + " (--listen-metrics-urls): --listen-client-urls has it, too; use a different port for"
            + " each",
        "--listen-client-urls=" + url,
        "--listen-metrics-urls=" + url);
  }

  @Test
  void aDataDirectoryThatAnotherProcessHoldsIsNamedWithItsHolder() throws Exception {
    Path lock = Files.createDirectories(directory.resolve("d/member")).resolve("LOCK");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock();
      channel.write(ByteBuffer.wrap("4711\n".getBytes(StandardCharsets.UTF_8)));
      givesUp("data directory \"" + directory.resolve("d") + "\" is in use by process 4711");
    }
  }

  @Test
  void aDataDirectoryThatCannotBeWrittenIsNamed() throws Exception {
    Path file = Files.writeString(directory.resolve("d"), "mine");
    givesUp("cannot write \"" + file + "\": a file is in the way");
    assertThat(file).hasContent("mine");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--colour | unknown flag --colour (kvorum --help lists the flags)",
        "--listen-client-url | unknown flag --listen-client-url,"
            + " did you mean --listen-client-urls? (kvorum --help lists the flags)",
        "-colour=blue | unknown flag -colour (kvorum --help lists the flags)",
        "colour | unexpected argument \"colour\" (kvorum --help lists the flags)",
        "--name | flag needs an argument: --name (kvorum --help lists the flags)",
        "--snapshot-count=x | invalid value \"x\" for flag --snapshot-count: not a whole number",
        "-max-wals=x | invalid value \"x\" for flag --max-wals: not a whole number",
        "--discovery-endpoints=http://a:1 | invalid value \"http://a:1\" for flag"
            + " --discovery-endpoints: discovery services are not supported;"
            + " use --initial-cluster or --discovery-srv",
        "--pre-vote=perhaps | invalid value \"perhaps\" for flag --pre-vote: must be true or false",
        "--initial-cluster=other=http://a:1 |"
            + " couldn't find local name \"m\" in --initial-cluster=other=http://a:1",
        "--kvorum-admin-url=x | invalid value \"x\" for flag --kvorum-admin-url:"
            + " \"x\" is not a URL such as http://127.0.0.1:2379; write http://x:9990",
        "--quota-backend-bytes=2GiB | invalid value \"2GiB\" for flag --quota-backend-bytes:"
            + " not a whole number; write 2147483648",
      })
  void aCommandLineThatIsWrongIsRefused(String argument, String line) throws Exception {
    refuses(2, "kvorum: " + line, argument);
    assertThat(directory.resolve("d")).doesNotExist();
  }

  @Test
  void aVariableThatIsWrongIsRefused() throws Exception {
    try (ServerProcess refused =
        ServerProcess.kvorum(LAUNCHER, Map.of("ETCD_HEARTBEAT_INTERVAL", "0"))) {
      assertThat(refused.awaitExit()).isEqualTo(2);
      assertThat(refused.stderr())
          .containsExactly(
              "kvorum: invalid value \"0\" for flag --heartbeat-interval: must be at least 1");
    }
  }

  @Test
  void aFlagBesideItsVariableIsRefused() throws Exception {
    try (ServerProcess refused =
        ServerProcess.kvorum(LAUNCHER, Map.of("ETCD_NAME", "m"), "--name=m")) {
      assertThat(refused.awaitExit()).isEqualTo(1);
      assertThat(refused.stderr())
          .containsExactly(
              "kvorum: conflicting environment variable \"ETCD_NAME\" is shadowed by corresponding"
                  + " command-line flag (either unset environment variable or disable flag): unset"
                  + " ETCD_NAME, or leave out --name");
    }
  }

  @Test
  void aFlagWithoutEffectIsAWarning() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "mine");
    try (ServerProcess refused =
        ServerProcess.kvorum(
            "--unsafe-no-fsync", "-max-wals", "7", "--force", "--data-dir", file.toString())) {
      assertThat(refused.awaitExit()).isEqualTo(1);
      assertThat(refused.stderr())
          .anyMatch(line -> line.contains("Z warn Main: --unsafe-no-fsync has no effect: "))
          .anyMatch(line -> line.contains("Z warn Main: --max-wals has no effect: "))
          .anyMatch(line -> line.contains("Z warn Main: --force has no effect: "));
    }
  }

  @Test
  void printsItsVersionThroughALinkToo() throws Exception {
    Path link = directory.resolve("kvorum");
    Files.createSymbolicLink(link, LAUNCHER);
    try (ServerProcess printed = ServerProcess.kvorum(link, Map.of(), "--version")) {
      assertThat(printed.awaitExit()).isZero();
      assertThat(printed.stdout().get(0)).isEqualTo("etcd Version: " + ApiVersion.SERVER);
      assertThat(printed.stdout()).anyMatch(line -> line.matches("Kvorum Version: \\d+\\..+"));
      assertThat(printed.stderr()).isEmpty();
    }
  }

  @Test
  void helpListsEveryGroup() throws Exception {
    try (ServerProcess printed = ServerProcess.kvorum("-h")) {
      assertThat(printed.awaitExit()).isZero();
      assertThat(printed.stdout())
          .contains("NAME", "  Member:", "  Clustering:", "  Unsafe Feature:", "EXIT STATUS");
      assertThat(printed.stderr()).isEmpty();
    }
  }

  private ServerProcess member(String name) throws IOException {
    return ServerProcess.kvorum(
        "-name",
        name,
        "-data-dir=" + directory.resolve(name),
        "--listen-client-urls",
        "http://127.0.0.1:" + Ports.free());
  }

  /** The process exits with that status and prints that one line, and nothing else. */
  private void refuses(int status, String line, String... arguments) throws Exception {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--data-dir=" + directory.resolve("d");
    all[arguments.length + 1] = "--name=m";
    if (arguments.length == 1 && arguments[0].equals("--name")) {
      all = arguments;
    }
    try (ServerProcess refused = ServerProcess.kvorum(all)) {
      assertThat(refused.awaitExit()).isEqualTo(status);
      assertThat(refused.stderr()).containsExactly(line);
      assertThat(refused.stdout()).isEmpty();
    }
  }

  /** The member begins to start, logs that one line, and exits with status 1. */
  private void givesUp(String line) throws Exception {
    try (ServerProcess refused =
        ServerProcess.kvorum(
            "--data-dir=" + directory.resolve("d"), "--name=m", "--kvorum-admin-url=")) {
      assertThat(refused.awaitExit()).isEqualTo(1);
      assertThat(refused.complaints()).singleElement().asString().endsWith(": " + line);
      assertThat(refused.stdout()).isEmpty();
    }
  }

  /** The head of the answer to a page of another origin. */
  private static String askFor(String host, int port) throws IOException {
    try (RawHttp http = RawHttp.connect(URI.create("http://127.0.0.1:" + port))) {
      http.send(
          "GET /health HTTP/1.1\r\nHost: "
              + host
              + ":"
              + port
              + "\r\nOrigin: http://a.example:80\r\n\r\n");
      return http.head();
    }
  }

  private HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(60))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
