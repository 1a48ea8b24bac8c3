package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvorum.boot.config.MemberConfig;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.SystemCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit, and the files for sysusers and tmpfiles, read by systemd's own tools. */
final class SystemdFilesTest {
  private static final Path DEPLOY = Path.of("deploy");
  private static final Path UNIT = DEPLOY.resolve("systemd/kvorum.service");
  private static final Path ENVIRONMENT = DEPLOY.resolve("systemd/kvorum.env");
  private static final String PROGRAM = "/opt/kvorum/bin/kvorum";

  @TempDir private Path directory;

  @Test
  void systemdAcceptsTheUnit() throws Exception {
    assumeTrue(ServerKind.onPath("systemd-analyze").isPresent(), "no systemd-analyze on the PATH");
    // Only the program is not where the unit expects it.
    Path unit = directory.resolve("kvorum.service");
    Files.writeString(
        unit, Files.readString(UNIT).replace("ExecStart=" + PROGRAM, "ExecStart=/bin/true"));
    SystemCommand.Outcome outcome =
        SystemCommand.attempt("systemd-analyze", "verify", "--man=no", unit.toString());
    assertThat(outcome.output().lines().filter(line -> line.contains("kvorum"))).isEmpty();
    assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
  }

  @Test
  void theUnitStartsTheProgramOfTheImageAsAUserOfItsOwnAndWaitsUntilItServes() throws Exception {
    Map<String, List<String>> unit = settings();
    assertThat(unit.get("ExecStart")).containsExactly(PROGRAM);
    assertThat(Files.readString(DEPLOY.resolve("Dockerfile"))).contains(PROGRAM);
    assertThat(unit.get("Type")).containsExactly("notify");
    assertThat(unit.get("NotifyAccess")).containsExactly("main");
    assertThat(unit.get("TimeoutStartSec")).containsExactly("infinity");
    assertThat(unit.get("Restart")).containsExactly("on-failure");
    assertThat(unit.get("User")).containsExactly("kvorum");
    assertThat(unit.get("EnvironmentFile")).containsExactly("-/etc/kvorum/" + nameOf(ENVIRONMENT));
    assertThat(unit).doesNotContainKey("MemoryDenyWriteExecute"); // the JVM compiles
  }

  @Test
  void theMemberKeepsItsDataInTheDirectoryOfTheUnit() throws Exception {
    Map<String, List<String>> unit = settings();
    Map<String, String> variables = new LinkedHashMap<>();
    unit.get("Environment").forEach(variable -> addTo(variables, variable));
    MemberConfig member = Workload.config(Map.of(), variables);
    assertThat(unit.get("StateDirectory")).containsExactly("kvorum");
    assertThat(member.dataDirectory()).isEqualTo(Path.of("/var/lib/kvorum/data"));
    assertThat(Files.readString(DEPLOY.resolve("tmpfiles.d/kvorum.conf")))
        .contains("d /var/lib/kvorum " + unit.get("StateDirectoryMode").get(0) + " kvorum kvorum");
  }

  @Test
  void theSettingsInTheEnvironmentFileFormACluster() throws Exception {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String line : Files.readAllLines(ENVIRONMENT)) {
      if (line.matches("#[A-Z_]+=.*")) {
        addTo(variables, line.substring(1));
      } else {
        assertThat(line).matches("(# .*)?");
      }
    }
    assertThat(variables.keySet()).contains("JAVA_HOME", "JVM_ARGS");
    variables.remove("JAVA_HOME");
    variables.keySet().forEach(Workload::assertVariable);
    MemberConfig member = Workload.config(Map.of(), variables);
    assertThat(member.peers().initialCluster().members()).containsOnlyKeys("m1", "m2", "m3");
    assertThat(member.peers().initialCluster().members().get("m1"))
        .isEqualTo(member.peers().advertised());
  }

  @Test
  void sysusersAndTmpfilesCreateTheUserAndItsDirectories() throws Exception {
    assumeTrue(
        ServerKind.onPath("systemd-sysusers").isPresent()
            && ServerKind.onPath("systemd-tmpfiles").isPresent(),
        "no systemd-sysusers on the PATH");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root may create users");
    Files.createDirectories(directory.resolve("etc"));
    String root = "--root=" + directory;
    SystemCommand.run(
        "systemd-sysusers", root, DEPLOY.resolve("sysusers.d/kvorum.conf").toAbsolutePath() + "");
    assertThat(Files.readString(directory.resolve("etc/passwd")))
        .containsPattern("kvorum:x:\\d+:\\d+:Kvorum[^:]*:/var/lib/kvorum:/usr/sbin/nologin");
    SystemCommand.run(
        "systemd-tmpfiles",
        root,
        "--create",
        DEPLOY.resolve("tmpfiles.d/kvorum.conf").toAbsolutePath() + "");
    Path data = directory.resolve("var/lib/kvorum");
    assertThat(Files.getPosixFilePermissions(data)).hasSize(3);
    int user = (int) Files.getAttribute(data, "unix:uid");
    assertThat(Files.readString(directory.resolve("etc/passwd"))).contains("kvorum:x:" + user);
    assertThat(directory.resolve("etc/kvorum")).isDirectory();
  }

  private static String nameOf(Path file) {
    return file.getFileName().toString();
  }

  private static void addTo(Map<String, String> variables, String assignment) {
    String[] pair = assignment.split("=", 2);
    variables.put(pair[0], pair[1]);
  }

  private static Map<String, List<String>> settings() throws Exception {
    Map<String, List<String>> settings = new LinkedHashMap<>();
    for (String line : Files.readAllLines(UNIT)) {
      if (line.matches("[A-Za-z]+=.*")) {
        String[] pair = line.split("=", 2);
        settings.computeIfAbsent(pair[0], key -> new ArrayList<>()).add(pair[1]);
      } else {
        assertThat(line).matches("(#.*|\\[.*])?");
      }
    }
    return settings;
  }
}
