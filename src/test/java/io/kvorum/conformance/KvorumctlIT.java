package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The real {@code bin/kvorumctl} beside the stock etcdctl, both at the same member. */
@ExtendWith(SharedServer.class)
@Timeout(300)
final class KvorumctlIT {
  private static final Path TOOL = ServerKind.projectRoot().resolve("bin/kvorumctl");

  private final Etcdctl etcdctl;
  private final String endpoint;

  @TempDir private Path directory;

  KvorumctlIT(ServerUnderTest server) {
    etcdctl = new Etcdctl(server.endpoint());
    endpoint = server.endpoint().getAuthority();
  }

  /** How a call ended. */
  private record Outcome(int status, String out, String err) {}

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    return run(
        TOOL, Map.of("ETCDCTL_ENDPOINTS", endpoint, "ETCDCTL_COMMAND_TIMEOUT", "60s"), arguments);
  }

  private static Outcome run(Path tool, Map<String, String> variables, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(tool.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("ETCDCTL_"));
    builder.environment().putAll(variables);
    Process process = builder.start();
    process.getOutputStream().close();
    CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> read(process));
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Outcome(process.exitValue(), out, err.join());
  }

  private static String read(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  private void assertSame(String... arguments) throws Exception {
    Outcome ours = run(arguments);
    Etcdctl.Outcome theirs = etcdctl.run(arguments);
    assertThat(List.of(ours.status(), ours.out()))
        .as(String.join(" ", arguments) + " printed " + ours.err())
        .isEqualTo(List.of(theirs.status(), theirs.out()));
  }

  @Test
  void membersAndAlarmsAreShownAsByEtcdctl() throws Exception {
    assertSame("member", "list");
    assertSame("member", "list", "-w", "json");
    assertSame("alarm", "list");
    assertSame("alarm", "list", "-w", "json");
    assertSame("alarm", "disarm");
    assertSame("alarm", "list", "-w", "table");
  }

  @Test
  void healthAndStatusAreShownAsByEtcdctl() throws Exception {
    String took = "\"took\":\"[^\"]*\"";
    assertThat(run("endpoint", "health", "-w", "json").out().replaceAll(took, "took"))
        .isEqualTo(etcdctl.ok("endpoint", "health", "-w", "json").replaceAll(took, "took"));
    String index = "\"raft(Applied)?Index\":\\d+";
    assertThat(run("endpoint", "status", "-w", "json").out().replaceAll(index, "index"))
        .startsWith(
            etcdctl
                .ok("endpoint", "status", "-w", "json")
                .replaceAll(index, "index")
                .replace("}}]\n", ""));
    List<String> ours = List.of(run("endpoint", "status").out().split(", ", -1));
    List<String> theirs = List.of(etcdctl.ok("endpoint", "status").split(", ", -1));
    assertThat(ours.subList(0, 3)).isEqualTo(theirs.subList(0, 3));
    assertThat(ours).hasSize(16);
  }

  @Test
  void whatIsTypedWronglyEndsAsWithEtcdctl() throws Exception {
    for (String line :
        List.of("member list -w xml", "alarm list x", "member list --nope", "nope", "")) {
      String[] arguments = line.isEmpty() ? new String[0] : line.split(" ", -1);
      Outcome ours = run(arguments);
      Etcdctl.Outcome theirs = etcdctl.run(arguments);
      assertThat(ours.status()).as(line).isEqualTo(theirs.status());
      assertThat(ours.err().lines().findFirst())
          .isEqualTo(theirs.err().replace("etcdctl", "kvorumctl").lines().findFirst());
    }
  }

  @Test
  void nobodyAtAnEndpointIsAFailureInTime() throws Exception {
    String nobody = "127.0.0.1:" + Ports.free();
    Outcome outcome =
        run("endpoint", "health", "--endpoints", nobody, "--command-timeout", "500ms");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err())
        .isEqualTo(
            nobody
                + " is unhealthy: failed to commit proposal: context deadline exceeded\n"
                + "Error: unhealthy cluster\n");
  }

  @Test
  void aLinkToTheScriptFindsTheInstallation() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("ctl"), TOOL);
    Outcome outcome = run(link, Map.of(), "version");
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out()).startsWith("etcdctl version: ");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void aJvmThatIsMissingIsNamed() throws Exception {
    Outcome outcome = run(TOOL, Map.of("JAVA_HOME", directory.toString()), "version");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err())
        .isEqualTo(
            "kvorumctl: no Java found at "
                + directory
                + "/bin/java; install JDK 17 or later, or set JAVA_HOME\n");
  }

  @Test
  void theLogOfLibrariesIsSeenOnRequestAlone() throws Exception {
    assertThat(run("member", "list").err()).isEmpty();
    assertThat(run("member", "list", "--debug").err())
        .contains("ETCDCTL_ENDPOINTS=" + endpoint + "\n");
  }
}
