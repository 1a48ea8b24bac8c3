package io.kvorum.boot.launcher;

import io.kvorum.boot.host.SystemdNotifier;
import io.kvorum.support.DurableFiles;
import io.kvorum.support.Log;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the archive of loaded classes with which {@code bin/kvorum} lets the JVM start faster: an
 * AppCDS archive, or the AOT cache of a JVM that has one. Where it is missing, or was made for
 * other jars or another JVM, a member in a JVM of its own is started and stopped to make it; the
 * present start goes without. One process at a time makes one. Thread-safe.
 *
 * <p>The JVM itself verifies that an archive fits, and ignores one that does not: a stale one is
 * useless, never harmful. The file {@code .fits} beside it says what it was made for, and when to
 * make another. Its first line is the size of the archive, by which {@code bin/kvorum} detects one
 * that is not whole; the JVM would crash.
 *
 * <p>Held by: ClassArchiveIT.
 */
final class ClassArchive {
  private static final Log LOG = Log.of(ClassArchive.class);

  /** The first JVM that makes an AOT cache in one step. */
  private static final int FIRST_WITH_AOT = 25;

  /** Of the lowest priority, so on a busy machine it takes long. */
  private static final long TRAINING_SECONDS = 900;

  /** It may fail because somebody else takes a port meanwhile. */
  private static final int ATTEMPTS = 2;

  /** What the JVM that is trained must not inherit, beside what it has in the command line. */
  private static final List<String> NOT_INHERITED =
      List.of(
          "-Xms",
          "-Xmn",
          "-Xmx",
          "-XX:InitialHeapSize",
          "-XX:MinHeapSize",
          "-XX:MaxHeapSize",
          "-XX:NewSize",
          "-XX:MaxNewSize",
          "-XX:+AlwaysPreTouch",
          "-XX:SharedArchiveFile",
          "-XX:AOT",
          "-agent",
          "-javaagent",
          "-Xlog",
          "-Xdebug",
          "-Xrunjdwp",
          "-XX:StartFlightRecording",
          "-Dcom.sun.management");

  /** The service manager hears of the member alone, and the options are in the command line. */
  private static final List<String> VARIABLES_NOT_INHERITED =
      List.of(SystemdNotifier.VARIABLE, "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  private final Path archive;
  private final Path fits;
  private final Path lock;
  private final Path workshop;
  private final Installation installation;
  private @Nullable Process training;
  private boolean isStopped;

  ClassArchive(Path directory, Installation installation, Runtime.Version version) {
    String name = "classes-" + javaVersion();
    this.archive =
        directory.resolve(name + (version.feature() >= FIRST_WITH_AOT ? ".aot" : ".jsa"));
    this.fits = directory.resolve(name + ".fits");
    this.lock = directory.resolve(name + ".lock");
    this.workshop = directory.resolve(name + ".training");
    this.installation = installation;
  }

  /** As in the JVM's file {@code release}, where {@code bin/kvorum} reads it. */
  private static String javaVersion() {
    return System.getProperty("java.version");
  }

  /**
   * Makes the archive if there is none that fits; returns when that is done, or has failed.
   *
   * @return whether there is one that fits
   */
  boolean refresh() {
    try {
      Files.createDirectories(archive.getParent());
      if (!isSettled()) {
        makeUnlessAnotherDoes();
      }
      return isSettled() && Files.exists(archive);
    } catch (OverlappingFileLockException anotherMemberOfThisJvm) {
      LOG.debug("the class archive is being made already");
    } catch (IOException unusable) {
      LOG.debug("no class archive: cannot use its directory", unusable);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** Lets the next {@link #refresh} try again what has failed before. */
  void forgetFailure() throws IOException {
    if (!Files.exists(archive)) {
      Files.deleteIfExists(fits);
    }
  }

  /** Ends the training, if there is one: the process stops. */
  synchronized void stop() {
    isStopped = true;
    if (training != null) {
      training.destroyForcibly();
    }
  }

  /** Whether it was made, or tried in vain, for just these jars and this JVM. */
  private boolean isSettled() throws IOException {
    return Files.exists(fits) && Files.readString(fits).equals(fingerprint());
  }

  private void makeUnlessAnotherDoes() throws IOException, InterruptedException {
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.tryLock()) {
      if (held != null && !isSettled()) {
        make();
      }
    }
  }

  /**
   * What has failed is tried again, now and by the next member. But a JVM that has made nothing of
   * a training would not do so the next time.
   */
  private void make() throws IOException, InterruptedException {
    boolean isDone = false;
    for (int attempt = 0; attempt < ATTEMPTS && !isDone && !hasStopped(); attempt++) {
      isDone = train();
    }
  }

  /** True if it succeeded. */
  private boolean train() throws IOException, InterruptedException {
    DurableFiles.deleteTree(workshop);
    Files.createDirectory(workshop);
    try {
      Path made = workshop.resolve(archive.getFileName());
      Path output = workshop.resolve("output");
      Process started = start(made, output);
      if (started == null) {
        return false;
      }
      if (!started.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS)) {
        started.destroyForcibly().waitFor();
      }
      if (started.exitValue() != 0) {
        LOG.debug("the training ended with status {}: {}", started.exitValue(), read(output));
        return false;
      }
      publish(made);
      return true;
    } finally {
      WorkArea.deleteQuietly(workshop);
    }
  }

  private static String read(Path output) throws IOException {
    return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
  }

  /** Syncs it first: the JVM would map pages that a power failure has left empty. */
  private void publish(Path made) throws IOException {
    Files.deleteIfExists(fits);
    if (Files.exists(made)) {
      try (FileChannel content = FileChannel.open(made, StandardOpenOption.READ)) {
        content.force(true);
      }
      DurableFiles.rename(made, archive);
      LOG.debug("made {}", archive);
    } else {
      LOG.debug("the JVM has not made {}", archive);
    }
    Files.writeString(fits, fingerprint());
  }

  private synchronized boolean hasStopped() {
    return isStopped;
  }

  private synchronized @Nullable Process start(Path made, Path output) throws IOException {
    if (isStopped) {
      return null;
    }
    ProcessBuilder builder =
        new ProcessBuilder(command(made)).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().keySet().removeAll(VARIABLES_NOT_INHERITED);
    Process started = builder.start();
    training = started;
    return started;
  }

  private List<String> command(Path made) {
    RuntimeMXBean jvm = ManagementFactory.getRuntimeMXBean();
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/nice"))) {
      command.addAll(List.of("/usr/bin/nice", "-n", "19"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    jvm.getInputArguments().stream()
        .filter(argument -> NOT_INHERITED.stream().noneMatch(argument::startsWith))
        .forEach(command::add);
    command.add(
        (archive.toString().endsWith(".aot") ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=")
            + made);
    command.addAll(List.of("-Xmx256m", "-cp", jvm.getClassPath(), Training.class.getName()));
    command.add(workshop.toString());
    return command;
  }

  /** The size of the archive; then the JVM, and each jar with its size and time. */
  private String fingerprint() throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(Files.exists(archive) ? Files.size(archive) : 0).append('\n');
    text.append(System.getProperty("java.home")).append('\n');
    text.append(System.getProperty("java.vm.version")).append('\n');
    try (Stream<Path> jars = Files.list(installation.libraries())) {
      for (Path jar : jars.filter(path -> path.toString().endsWith(".jar")).sorted().toList()) {
        text.append(jar).append(' ').append(Files.size(jar)).append(' ');
        text.append(Files.getLastModifiedTime(jar).toMillis()).append('\n');
      }
    }
    return text.toString();
  }
}
