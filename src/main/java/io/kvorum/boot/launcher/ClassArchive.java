package io.kvorum.boot.launcher;

import io.kvorum.support.Log;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
 * useless, never harmful. The list of jars beside it says when to make another.
 */
final class ClassArchive {
  private static final Log LOG = Log.of(ClassArchive.class);

  /** The first JVM that makes an AOT cache in one step. */
  private static final int FIRST_WITH_AOT = 25;

  /** Of the lowest priority, so on a busy machine it takes long. */
  private static final long TRAINING_SECONDS = 900;

  /** What the JVM that is trained must not inherit. */
  private static final List<String> NOT_INHERITED =
      List.of(
          "-XX:SharedArchiveFile",
          "-XX:AOT",
          "-agent",
          "-javaagent",
          "-Xlog",
          "-Xdebug",
          "-Xrunjdwp",
          "-XX:StartFlightRecording",
          "-Dcom.sun.management");

  private final Path archive;
  private final Path fits;
  private final Path lock;
  private final Installation installation;
  private @Nullable Process training;
  private boolean isStopped;

  ClassArchive(Path directory, Installation installation, Runtime.Version version) {
    String name = "classes-" + javaVersion();
    this.archive =
        directory.resolve(name + (version.feature() >= FIRST_WITH_AOT ? ".aot" : ".jsa"));
    this.fits = directory.resolve(name + ".fits");
    this.lock = directory.resolve(name + ".lock");
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
      String wanted = fingerprint();
      Files.createDirectories(archive.getParent());
      try (FileChannel channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = channel.tryLock()) {
        boolean wasTried = Files.exists(fits) && Files.readString(fits).equals(wanted);
        if (held != null && !wasTried) {
          make(wanted);
        }
      }
      return Files.exists(archive) && Files.exists(fits) && Files.readString(fits).equals(wanted);
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

  /** What was tried once for these jars and this JVM is not tried again, even if it failed. */
  private void make(String wanted) throws IOException, InterruptedException {
    Path made = archive.resolveSibling(archive.getFileName() + "." + ProcessHandle.current().pid());
    Path data = Files.createTempDirectory("kvorum-training");
    try {
      Process started = start(made, data);
      if (started == null) {
        return;
      }
      boolean ended = started.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        started.destroyForcibly().waitFor();
      }
      if (ended && !hasStopped()) {
        if (Files.exists(made)) {
          Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
          LOG.debug("made {}", archive);
        } else {
          LOG.debug("the JVM has not made {}", archive);
        }
        Files.writeString(fits, wanted);
      }
    } finally {
      Files.deleteIfExists(made);
      WorkArea.deleteQuietly(data);
    }
  }

  private synchronized boolean hasStopped() {
    return isStopped;
  }

  private synchronized @Nullable Process start(Path made, Path data) throws IOException {
    if (isStopped) {
      return null;
    }
    Process started =
        new ProcessBuilder(command(made, data))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    training = started;
    return started;
  }

  private List<String> command(Path made, Path data) {
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
    command.add(data.toString());
    return command;
  }

  /** Names the JVM, and each jar with its size and time: what an archive is made for. */
  private String fingerprint() throws IOException {
    StringBuilder text = new StringBuilder();
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
