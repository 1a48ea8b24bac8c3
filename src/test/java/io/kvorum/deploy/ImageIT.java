package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvorum.testing.Await;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Carries out the instructions of the Dockerfile in directories, one for each stage, and runs what
 * comes of it as the image's user. It shares the JVM and the network of this machine.
 */
@Timeout(900)
final class ImageIT {
  /** The absolute paths in the Dockerfile that are not the machine's. */
  private static final List<String> PATHS = List.of("/opt/", "/var/lib/", "/tmp/");

  @TempDir private Path directory;

  @Test
  void aMemberOfTheImageServesIsHealthyAndStopsCleanly() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root may change its user");
    assumeTrue(ServerKind.onPath("setpriv").isPresent(), "no setpriv on the PATH");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Dockerfile file = Dockerfile.read();
    build(file);
    int port = Ports.free();
    try (ServerProcess member = run(file, port)) {
      member.awaitReady();
      Await.until(
          "healthy" + member.lastOutput(),
          ServerProcess.PATIENCE,
          () -> command(file.healthcheck(), port, 1).succeeded());
      SystemCommand.Outcome put =
          SystemCommand.attempt(
              "etcdctl", "--endpoints=http://127.0.0.1:" + port, "put", "image", "1");
      assertThat(put.output()).isEqualTo("OK");
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints()).isEmpty();
    }
    int user = Integer.parseInt(file.only("USER").split(":")[0]);
    assertThat(written(user)).isNotEmpty().allMatch(path -> path.startsWith(volume(file)));
  }

  private void build(Dockerfile file) throws Exception {
    for (Dockerfile.Instruction step : file.instructions()) {
      Path root = Files.createDirectories(root(step.stage()).resolve("tmp")).getParent();
      switch (step.name()) {
        case "RUN" -> SystemCommand.run("sh", "-c", within(root, step.arguments()));
        case "COPY" -> copy(root, step.arguments());
        case "ARG", "FROM", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK" -> {}
        case "STOPSIGNAL", "ENTRYPOINT" -> {}
        default -> throw new AssertionError("not known here: " + step);
      }
    }
  }

  private void copy(Path root, String arguments) throws Exception {
    String[] words = arguments.split(" ");
    String from = words[words.length - 2];
    if (words.length == 3) { // --from=unpacked, the first stage
      from = within(root(0), from);
    }
    String to = within(root, words[words.length - 1]);
    Files.createDirectories(Path.of(to).getParent());
    SystemCommand.run("sh", "-c", "cp -a " + from + " " + to);
  }

  private ServerProcess run(Dockerfile file, int port) throws Exception {
    String[] user = file.only("USER").split(":");
    List<String> command = new ArrayList<>();
    command.addAll(List.of("setpriv", "--reuid=" + user[0], "--regid=" + user[1]));
    command.add("--clear-groups");
    Dockerfile.words(file.only("ENTRYPOINT")).forEach(word -> command.add(within(root(1), word)));
    Map<String, String> environment = new HashMap<>(Map.of("HOME", "/"));
    file.environment().forEach((name, value) -> environment.put(name, there(value, port, 1)));
    // What all containers have to themselves, and this machine does not.
    environment.put("ETCD_LISTEN_PEER_URLS", Ports.freeUrl().toString());
    environment.put("KVORUM_ADMIN_URL", Ports.freeUrl().toString());
    return ServerProcess.launch(command, directory.resolve("output"), Ports.freeUrl(), environment);
  }

  private SystemCommand.Outcome command(List<String> words, int port, int stage)
      throws InterruptedException {
    return SystemCommand.attempt(
        words.stream().map(word -> there(word, port, stage)).toArray(String[]::new));
  }

  private String there(String text, int port, int stage) {
    return within(root(stage), text.replace("2379", Integer.toString(port)));
  }

  private static String within(Path root, String text) {
    String moved = text;
    for (String path : PATHS) {
      moved = moved.replaceAll("(?<![\\w/.])" + path, root + path);
    }
    return moved;
  }

  private Path root(int stage) {
    return directory.resolve("stage-" + Math.max(0, stage));
  }

  private Path volume(Dockerfile file) {
    return Path.of(within(root(1), file.only("VOLUME")));
  }

  /** What belongs to the user of the image. */
  private List<Path> written(int user) throws Exception {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        if (user == (int) Files.getAttribute(file, "unix:uid")) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
