package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kvorum.support.DurableFiles;
import io.kvorum.testing.Await;
import io.kvorum.testing.NotifySocket;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the first member of an installation leaves to make later starts faster, through the real
 * launcher: it is used, it is never in the way, and nothing else is left.
 */
@Paired
@Timeout(1800)
final class ClassArchiveIT {
  private static final Path JDK_25 = Path.of("/usr/lib/jvm/temurin-25-jdk-amd64");
  private static final Duration TRAINING_AT_MOST = Duration.ofMinutes(14);

  private static final Pattern LOG_LINE =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]{12}Z (error|warn|info|debug) .*");

  /** A class of ours, in the JVM's report of where classes come from. */
  private static final Pattern ORIGIN =
      Pattern.compile("io\\.kvorum\\.boot\\.Member source: (file|shared objects file)");

  private static final String FROM_ARCHIVE = "shared objects file";
  private static final String FROM_JAR = "file";

  @TempDir private static Path place;
  private static UnpackedArchive installation;

  @TempDir private Path directory;
  private int starts;

  @BeforeAll
  static void install() throws Exception {
    installation = UnpackedArchive.in(place);
  }

  @Test
  void theSecondStartUsesWhatTheFirstHasMadeAndAChangedJarMakesItAnew() throws Exception {
    prepare();
    Path archive = archive(".jsa");
    assertThat(start(Map.of())).isEqualTo(FROM_ARCHIVE);

    FileTime made = Files.getLastModifiedTime(archive);
    Files.setLastModifiedTime(
        installation.libraries().resolve("kvorum-core.jar"),
        FileTime.from(Instant.now().minusSeconds(3600)));
    assertThat(startUntilArchiveIsMade(Map.of())).isEqualTo(FROM_JAR);
    assertThat(Files.getLastModifiedTime(archive)).isGreaterThan(made);
    assertThat(start(Map.of())).isEqualTo(FROM_ARCHIVE);
  }

  @Test
  void theToolUsesWhatAMemberHasMade() throws Exception {
    prepare();
    Path classes = directory.resolve("classes-of-the-tool");
    ProcessBuilder tool =
        new ProcessBuilder(installation.bin().resolve("kvorumctl").toString(), "version");
    tool.environment().put("JVM_ARGS", "-Xlog:class+load:file=" + classes);
    assertThat(tool.start().waitFor()).isZero();
    assertThat(Files.readString(classes))
        .contains("io.kvorum.ctl.Program source: " + FROM_ARCHIVE)
        .doesNotContainPattern("io\\.kvorum\\.ctl\\.\\S+ source: " + FROM_JAR);
  }

  @Test
  void aTornArchiveIsIgnoredWithoutAWordAndMadeAnew() throws Exception {
    prepare();
    Path archive = archive(".jsa");
    byte[] whole = Files.readAllBytes(archive);
    for (int size : List.of(0, whole.length - 1)) {
      Files.delete(archive);
      Files.write(archive, Arrays.copyOf(whole, size));
      assertThat(start(Map.of())).as("with %s of %s bytes", size, whole.length).isEqualTo(FROM_JAR);
    }
    startUntilArchiveIsMade(Map.of());
    assertThat(start(Map.of())).isEqualTo(FROM_ARCHIVE);
  }

  @Test
  void anotherJvmHasItsOwn() throws Exception {
    assumeThat(JDK_25).as("a JDK 25 to try").exists();
    forget();
    Map<String, String> other = Map.of("JAVA_HOME", JDK_25.toString());
    startUntilArchiveIsMade(other);
    Path archive = archive(".aot");
    assertThat(archive.getFileName().toString()).startsWith("classes-25.");
    assertThat(start(other)).isEqualTo(FROM_ARCHIVE);

    // One of another kind in its place.
    Files.delete(archive);
    Files.copy(Path.of(System.getProperty("java.home"), "lib/server/classes.jsa"), archive);
    assertThat(start(other)).isEqualTo(FROM_JAR);
  }

  @Test
  void aStopEndsTheTrainingAndNothingOfItIsLeft() throws Exception {
    forget();
    try (ServerProcess member = member(Map.of())) {
      ProcessHandle training = awaitTraining(member);
      assertThat(member.terminate()).isZero();
      Await.until("the training ends", TRAINING_AT_MOST, () -> !training.isAlive());
    }
    assertThat(left()).doesNotContain("archive", "its fits");
  }

  @Test
  void theTrainingEndsWithAMemberThatWasKilledAndTheNextMemberMakesTheArchive() throws Exception {
    forget();
    try (ServerProcess member = member(Map.of())) {
      ProcessHandle training = awaitTraining(member);
      ProcessHandle.of(member.pid()).orElseThrow().destroyForcibly();
      Await.until("the training ends", TRAINING_AT_MOST, () -> !training.isAlive());
    }
    assertThat(left()).doesNotContain("archive", "its fits");
    startUntilArchiveIsMade(Map.of());
    assertThat(left()).containsExactlyInAnyOrder("archive", "its fits", "its lock", "work area");
  }

  /** Removes what other tests have left. */
  private static void forget() throws IOException {
    DurableFiles.deleteTree(installation.cache());
  }

  /** Takes what another test has left, or starts the first member. */
  private void prepare() throws Exception {
    if (!start(Map.of()).equals(FROM_ARCHIVE)) {
      assertThat(startUntilArchiveIsMade(Map.of())).isEqualTo(FROM_JAR);
    }
  }

  /** Starts a member and stops it when it is ready; where its classes came from. */
  private String start(Map<String, String> environment) throws Exception {
    return start(environment, () -> true);
  }

  /** The same, when it has left an archive. */
  private String startUntilArchiveIsMade(Map<String, String> environment) throws Exception {
    FileTime before = lastMade();
    return start(environment, () -> !lastMade().equals(before) && !left().contains("its training"));
  }

  private String start(Map<String, String> environment, Callable<Boolean> isEnough)
      throws Exception {
    Path classes = directory.resolve("classes-" + starts);
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("JVM_ARGS", "-Xmx256m -Xlog:class+load:file=" + classes);
    try (NotifySocket systemd =
        new NotifySocket(directory.resolve("notify-" + starts).toString())) {
      variables.putAll(systemd.environment());
      try (ServerProcess member = member(variables)) {
        assertThat(systemd.next()).startsWith("READY=1");
        Await.until("all is there", TRAINING_AT_MOST, isEnough);
        assertThat(member.terminate()).isZero();
        assertThat(member.stdout()).isEmpty();
        assertThat(member.stderr()).allMatch(line -> LOG_LINE.matcher(line).matches());
        assertThat(member.complaints()).isEmpty();
      }
      // The training has told it nothing.
      assertThat(systemd.next()).isEqualTo("STOPPING=1");
      assertThat(systemd.pending()).isEmpty();
    }
    Matcher origin = ORIGIN.matcher(Files.readString(classes));
    assertThat(origin.find()).isTrue();
    return origin.group(1);
  }

  private ServerProcess member(Map<String, String> variables) throws IOException {
    starts++;
    return ServerProcess.kvorum(
        installation.launcher(),
        variables,
        "--data-dir=" + directory.resolve("data-" + starts),
        "--listen-client-urls=" + Ports.freeUrl(),
        "--kvorum-admin-url=");
  }

  /** Once the member is ready, it has no other child. */
  private static ProcessHandle awaitTraining(ServerProcess member) throws InterruptedException {
    member.awaitReady();
    ProcessHandle process = ProcessHandle.of(member.pid()).orElseThrow();
    return Await.answer(
        "the training begins",
        ServerProcess.PATIENCE,
        () -> process.children().findAny().orElseThrow());
  }

  /** When an archive was made for the last time, or an attempt ended. */
  private static FileTime lastMade() throws IOException {
    FileTime last = FileTime.fromMillis(0);
    for (Path file : files()) {
      FileTime time = Files.getLastModifiedTime(file);
      if (file.toString().endsWith(".fits") && time.compareTo(last) > 0) {
        last = time;
      }
    }
    return last;
  }

  private static Path archive(String kind) throws IOException {
    return files().stream()
        .filter(file -> file.toString().endsWith(kind))
        .findFirst()
        .orElseThrow();
  }

  /** What is in the cache, in words. */
  private static List<String> left() throws IOException {
    List<String> words = new ArrayList<>();
    for (Path file : files()) {
      String name = file.getFileName().toString();
      words.add(
          name.matches("classes-[0-9.]+\\.(jsa|aot)")
              ? "archive"
              : name.startsWith("liberty-")
                  ? "work area"
                  : name.replaceFirst("classes-[0-9.]+\\.", "its "));
    }
    return words;
  }

  private static List<Path> files() throws IOException {
    if (!Files.exists(installation.cache())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(installation.cache())) {
      return files.toList();
    }
  }
}
