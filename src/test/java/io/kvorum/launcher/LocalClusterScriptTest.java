package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.MemberUrl;
import io.kvorum.testing.ServerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/kvorum-local-cluster}, with something in the place of the members that only waits. */
final class LocalClusterScriptTest {
  private static final String STAND_IN =
      """
      #!/bin/sh
      [ "$1" = --version ] && exit
      echo "flags $*"
      exec sleep 600
      """;

  private static final String FAILING_STAND_IN = "#!/bin/sh\n[ \"$1\" = --version ] || exit 2\n";

  @TempDir private Path directory;
  private Path script;
  private final List<Process> started = new ArrayList<>();
  private final Map<String, String> flags = new HashMap<>();
  private final Map<String, Long> pids = new HashMap<>();
  private final Map<String, String> ends = new HashMap<>();

  @BeforeEach
  void installBesideAStandIn() throws IOException {
    Path bin = Files.createDirectory(directory.resolve("bin"));
    script = bin.resolve("kvorum-local-cluster");
    Files.copy(Path.of("bin/kvorum-local-cluster"), script);
    executable(script);
    install(STAND_IN);
  }

  /** Puts a program into the place of {@code bin/kvorum}. */
  private void install(String program) throws IOException {
    executable(Files.writeString(directory.resolve("bin/kvorum"), program));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void leaveNothingBehind() {
    started.forEach(Process::destroyForcibly);
    pids.values().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
  }

  @Test
  void startsThreeMembersThatBelongTogether() throws Exception {
    Process cluster = start();
    readUntil(cluster, () -> flags.size() == 3);
    Map<String, MemberConfig> members = new LinkedHashMap<>();
    for (String name : List.of("m1", "m2", "m3")) {
      members.put(name, config(flags.get(name)));
    }
    InitialCluster together = members.get("m1").peers().initialCluster();
    assertThat(together.members().keySet()).isEqualTo(members.keySet());
    members.forEach(
        (name, member) -> {
          assertThat(member.name()).isEqualTo(name);
          assertThat(member.dataDirectory().getFileName()).hasToString(name);
          assertThat(member.peers().initialCluster()).isEqualTo(together);
          assertThat(member.peers().listen()).isEqualTo(member.peers().advertised());
          together.verify(name, member.peers().advertised(), new UrlComparison(host -> Set.of()));
        });
    assertThat(members.values())
        .extracting(member -> member.listeners().client().toString())
        .containsExactly(
            "[http://127.0.0.1:2379]", "[http://127.0.0.1:22379]", "[http://127.0.0.1:32379]");
    assertThat(together.members().values())
        .containsExactly(
            List.of(new MemberUrl("http", "127.0.0.1", 2380)),
            List.of(new MemberUrl("http", "127.0.0.1", 22380)),
            List.of(new MemberUrl("http", "127.0.0.1", 32380)));
  }

  @Test
  void leavesToAVariableWhetherAMemberFoundsTheClusterOrJoinsIt() throws Exception {
    Process cluster = start("m1");
    readUntil(cluster, () -> flags.size() == 1);
    assertThat(config(flags.get("m1")).peers().isExisting()).isFalse();
    Map<String, String> variables = Map.of("ETCD_INITIAL_CLUSTER_STATE", "existing");
    assertThat(config(flags.get("m1"), variables).peers().isExisting()).isTrue();
  }

  @Test
  void takesAllMembersAlongWhenItIsStopped() throws Exception {
    Process cluster = start();
    readUntil(cluster, () -> pids.size() == 3 && flags.size() == 3);
    cluster.toHandle().destroy();
    readUntil(cluster, () -> ends.size() == 3);
    assertThat(cluster.waitFor(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(pids.values()).allMatch(pid -> ProcessHandle.of(pid).isEmpty());
    try (var files = Files.list(directory.resolve("kvorum-local"))) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void goesOnWithoutAMemberThatDiesAndLetsItBeStartedAgain() throws Exception {
    Process cluster = start();
    readUntil(cluster, () -> pids.size() == 3 && flags.size() == 3);
    ProcessHandle.of(pids.get("m2")).orElseThrow().destroyForcibly();
    readUntil(cluster, () -> ends.containsKey("m2"));
    assertThat(ends.get("m2"))
        .isEqualTo("ended with status 137; bin/kvorum-local-cluster m2 starts it again");
    assertThat(cluster.isAlive()).isTrue();
    assertThat(ProcessHandle.of(pids.get("m3"))).isPresent();

    flags.clear();
    Process again = start("m2");
    readUntil(again, () -> flags.size() == 1);
    assertThat(config(flags.get("m2")).name()).isEqualTo("m2");
  }

  @Test
  void doesNotStartAMemberThatRuns() throws Exception {
    Process cluster = start();
    readUntil(cluster, () -> pids.size() == 3 && flags.size() == 3);
    Process again = start("m3");
    assertThat(new String(again.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("m3 is already running as process " + pids.get("m3"));
    assertThat(again.waitFor()).isEqualTo(1);
  }

  @Test
  void knowsThreeMembersOnly() throws Exception {
    assertThat(run(script, "m1", "m4"))
        .isEqualTo(
            new Ended(
                2,
                "",
                "kvorum-local-cluster: unexpected argument \"m4\""
                    + " (usage: kvorum-local-cluster [m1] [m2] [m3])"));
    assertThat(directory.resolve("kvorum-local")).doesNotExist();
  }

  @Test
  void printsItsHelpEvenWithoutAnInstallation() throws Exception {
    Files.delete(directory.resolve("bin/kvorum"));
    for (String flag : List.of("--help", "-h", "help")) {
      Ended help = run(script, flag);
      assertThat(help.status()).isZero();
      assertThat(help.stdout()).startsWith("usage: kvorum-local-cluster [m1] [m2] [m3]");
      assertThat(help.stdout().lines()).allMatch(line -> line.length() <= 100);
      assertThat(help.stderr()).isEmpty();
    }
  }

  @Test
  void saysOnceThatNothingIsBuiltAndStartsNothing() throws Exception {
    install(Files.readString(Path.of("bin/kvorum")));
    Ended refused = run(script);
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.stdout()).isEmpty();
    assertThat(refused.stderr().lines()).singleElement().asString().startsWith("kvorum: ");
    assertThat(directory.resolve("kvorum-local")).doesNotExist();
  }

  @Test
  void saysThatItCannotFindWhatStartsAMember() throws Exception {
    Files.delete(directory.resolve("bin/kvorum"));
    Path home = directory.toRealPath();
    assertThat(run(script))
        .isEqualTo(
            new Ended(
                1,
                "",
                "kvorum-local-cluster: cannot find "
                    + home.resolve("bin/kvorum")
                    + ", which starts a member"));
  }

  @Test
  void failsIfAMemberFails() throws Exception {
    install(FAILING_STAND_IN);
    Ended failed = run(script, "m1", "m2");
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.stdout()).contains("m1 | ended with status 2", "m2 | ended with status 2");
    try (var files = Files.list(directory.resolve("kvorum-local"))) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void findsTheInstallationThroughLinksAndBlanks() throws Exception {
    install(FAILING_STAND_IN);
    Path moved = directory.resolve("opt/with blank");
    Files.createDirectories(moved);
    Files.move(directory.resolve("bin"), moved.resolve("bin"));
    Path relative = moved.resolve("local-cluster");
    Files.createSymbolicLink(relative, Path.of("bin/kvorum-local-cluster"));
    Path absolute = Files.createSymbolicLink(directory.resolve("cluster"), relative);
    Ended ended = run(absolute, "m1");
    assertThat(ended.stdout()).contains("m1 | ended with status 2");
    assertThat(ended.stderr()).isEmpty();
  }

  private record Ended(int status, String stdout, String stderr) {}

  /** Runs a script to its end, in the directory of this test. */
  private Ended run(Path program, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Path stderr = directory.resolve("stderr");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(stderr.toFile())
            .start();
    started.add(process);
    String stdout =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return new Ended(process.waitFor(), stdout, Files.readString(stderr).strip());
  }

  private Process start(String... members) throws IOException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(members));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    started.add(process);
    return process;
  }

  /** Parses {@code m1 | flags --a=b} and the other lines of the scripted members. */
  private void readUntil(Process process, BooleanSupplier isEnough) throws IOException {
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    while (!isEnough.getAsBoolean()) {
      String line = lines.readLine();
      assertThat(line).as("the script ended early").isNotNull();
      String[] parts = line.split(" \\| ", 2);
      if (parts[1].startsWith("pid ")) {
        pids.put(parts[0], Long.parseLong(parts[1].substring(4)));
      } else if (parts[1].startsWith("flags ")) {
        flags.put(parts[0], parts[1].substring(6));
      } else if (parts[1].startsWith("ended ")) {
        ends.put(parts[0], parts[1]);
      }
    }
  }

  private static MemberConfig config(String words) {
    return config(words, Map.of());
  }

  private static MemberConfig config(String words, Map<String, String> variables) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String word : words.split(" ")) {
      String[] pair = word.substring(2).split("=", 2);
      values.put(pair[0], pair[1]);
    }
    FlagValues resolved = FlagValues.resolve(values, variables);
    assertThat(resolved.warnings()).isEmpty();
    return MemberConfig.fromFlags(resolved::get);
  }
}
