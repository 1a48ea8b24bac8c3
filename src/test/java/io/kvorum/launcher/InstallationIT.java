package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive as a user installs it: anywhere, read-only, for everyone. */
@Paired
@Timeout(900)
final class InstallationIT {
  private static final long MOST_BYTES = 130_000_000;
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

  /** An ordinary user, who owns nothing. */
  private static final String NOBODY = "65534";

  @TempDir private static Path place;
  private static UnpackedArchive installation;

  @TempDir private Path directory;

  /** Its path has blanks, everyone may read it, and nobody may write it. */
  @BeforeAll
  static void install() throws Exception {
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxr-xr-x"));
    installation = UnpackedArchive.in(place.resolve("a place/with blanks"));
    SystemCommand.run("chmod", "-R", "a-w", installation.home().toString());
  }

  @Test
  void theArchiveHasWhatAServersArchiveHasAndIsSmallEnough() throws Exception {
    assertThat(installation.home())
        .isDirectoryContaining("glob:**/LICENSE")
        .isDirectoryContaining("glob:**/NOTICE")
        .isDirectoryContaining("glob:**/README.md")
        .isDirectoryContaining("glob:**/SECURITY.md");
    assertThat(
            List.of(
                "licenses/THIRD-PARTY.txt",
                "licenses/openliberty/LICENSE",
                "deploy/systemd/kvorum.service",
                "deploy/sysusers.d/kvorum.conf",
                "deploy/tmpfiles.d/kvorum.conf",
                "deploy/helm/kvorum/Chart.yaml",
                "deploy/statefulset.yaml",
                "docs/operations.md",
                "bin/kvorum",
                "bin/kvorum-local-cluster"))
        .allSatisfy(file -> assertThat(installation.home().resolve(file)).isRegularFile());
    assertThat(Files.size(UnpackedArchive.archive())).isLessThanOrEqualTo(MOST_BYTES);
  }

  @Test
  void everyoneMayReadAllOfIt() throws IOException {
    List<Path> closed = new ArrayList<>();
    for (Path path : all(installation.home())) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      boolean isForExecution = Files.isDirectory(path) || path.startsWith(installation.bin());
      if (!permissions.contains(PosixFilePermission.OTHERS_READ)
          || isForExecution && !permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
        closed.add(path);
      }
    }
    assertThat(closed).isEmpty();
  }

  /** First starts: nothing has been prepared. */
  @Test
  void anyUserRunsTwoMembersAtOnceFromAReadOnlyInstallationThroughALink() throws Exception {
    Map<String, String> before = stateOf(installation.home());
    Path home = ownedByUser("home of user");
    Path link = Files.createSymbolicLink(place.resolve("kvorum"), relativeLink());
    URI first = Ports.freeUrl();
    URI second = Ports.freeUrl();
    try (ServerProcess one = asUser(link, home, arguments(home.resolve("data 1"), first));
        ServerProcess other = asUser(link, home, arguments(home.resolve("data 2"), second))) {
      one.awaitReady();
      other.awaitReady();
      assertThat(putJson(first)).isEqualTo(200);
      assertThat(putJson(second)).isEqualTo(200);
      assertThat(one.terminate()).isZero();
      assertThat(other.terminate()).isZero();
      assertThat(one.complaints()).isEmpty();
      assertThat(other.complaints()).isEmpty();
    }
    assertThat(stateOf(installation.home())).isEqualTo(before);
    assertThat(home.resolve("data 1/liberty/logs/messages.log")).exists();
  }

  @Test
  void whatIsMissingAndWhatIsForbiddenAreToldApart() throws Exception {
    UnpackedArchive damaged = UnpackedArchive.in(directory.resolve("damaged"));
    Path home = ownedByUser("home");
    openPath(damaged.home());
    for (Path part : List.of(damaged.liberty(), damaged.libraries())) {
      SystemCommand.run("chmod", "000", part.toString());
      assertThat(refusal(damaged, home))
          .isEqualTo("kvorum: cannot read " + part + ": permission denied");
      SystemCommand.run("chmod", "755", part.toString());
      Path away = part.resolveSibling("away");
      Files.move(part, away);
      assertThat(refusal(damaged, home))
          .isEqualTo("kvorum: the installation is not complete: " + part + " is missing");
      Files.move(away, part);
    }
  }

  private String refusal(UnpackedArchive damaged, Path home) throws Exception {
    Path data = home.resolve("data");
    try (ServerProcess refused =
        asUser(damaged.launcher(), home, arguments(data, Ports.freeUrl()))) {
      assertThat(refused.awaitExit()).isEqualTo(1);
      assertThat(refused.stdout()).isEmpty();
      assertThat(refused.stderr()).hasSize(1);
      assertThat(data).doesNotExist();
      return refused.stderr().get(0);
    }
  }

  private Path relativeLink() {
    return place.relativize(installation.launcher());
  }

  private static List<String> arguments(Path data, URI client) {
    URI peer = Ports.freeUrl();
    return List.of(
        "--data-dir=" + data,
        "--listen-client-urls=" + client,
        "--advertise-client-urls=" + client,
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=default=" + peer,
        "--kvorum-admin-url=");
  }

  /** Runs the launcher as somebody who does not own it; root becomes nobody for that. */
  private ServerProcess asUser(Path launcher, Path home, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      assumeThat(ServerKind.onPath("setpriv")).as("setpriv, to become another user").isPresent();
      command.addAll(
          List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    }
    command.addAll(List.of("env", "-u", "XDG_CACHE_HOME", "-u", "CACHE_DIRECTORY"));
    command.add(launcher.toString());
    command.addAll(arguments);
    return ServerProcess.launch(
        command,
        directory.resolve("output"),
        URI.create("http://127.0.0.1:1"),
        Map.of("HOME", home.toString(), "JVM_ARGS", "-Xmx256m"));
  }

  /** A directory that the user of {@link #asUser} may write. */
  private Path ownedByUser(String name) throws Exception {
    Path home = Files.createDirectory(directory.resolve(name));
    openPath(directory);
    if (isRoot()) {
      SystemCommand.run("chown", NOBODY + ":" + NOBODY, home.toString());
    }
    return home;
  }

  private void openPath(Path path) throws IOException {
    for (Path at = path; at.startsWith(directory); at = at.getParent()) {
      Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** Each file with its time and size. */
  private static Map<String, String> stateOf(Path root) throws IOException {
    Map<String, String> state = new TreeMap<>();
    for (Path path : all(root)) {
      state.put(
          path.toString(),
          Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS) + " " + Files.size(path));
    }
    return state;
  }

  private static List<Path> all(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.toList();
    }
  }

  private static int putJson(URI member) {
    return Await.answer(
        "an answer to JSON",
        ServerProcess.PATIENCE,
        () -> {
          int status =
              HttpClient.newHttpClient()
                  .send(
                      HttpRequest.newBuilder(member.resolve("/v3/kv/put"))
                          .POST(HttpRequest.BodyPublishers.ofString(PUT))
                          .build(),
                      HttpResponse.BodyHandlers.discarding())
                  .statusCode();
          // A machine on which Liberty takes longer than requests are held.
          assertThat(status).isNotEqualTo(503);
          return status;
        });
  }
}
