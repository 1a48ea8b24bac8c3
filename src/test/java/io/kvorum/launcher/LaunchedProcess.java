package io.kvorum.launcher;

import io.kvorum.testing.ServerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@code bin/kvorum} as a child process, and collects its output. Thread-safe. Closing it
 * kills the process.
 */
public final class LaunchedProcess implements AutoCloseable {
  /** Enough for a start or a stop on a busy machine. */
  public static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Process process;
  private final Lines stdout;
  private final Lines stderr;

  private LaunchedProcess(Process process) {
    this.process = process;
    this.stdout = new Lines(process.getInputStream());
    this.stderr = new Lines(process.getErrorStream());
  }

  /** Starts the launcher of this build. */
  public static LaunchedProcess start(String... arguments) throws IOException {
    return start(Map.of(), arguments);
  }

  /** Starts the launcher of this build with additional variables. */
  public static LaunchedProcess start(Map<String, String> variables, String... arguments)
      throws IOException {
    return start(Path.of("bin/kvorum").toAbsolutePath(), variables, arguments);
  }

  static LaunchedProcess start(Path launcher, Map<String, String> variables, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("ETCD"));
    builder.environment().put("JVM_ARGS", "-Xmx256m");
    // Another member may use the default port.
    builder.environment().put("ETCD_LISTEN_PEER_URLS", ServerProcess.freeAddress().toString());
    builder.environment().putAll(variables);
    return new LaunchedProcess(builder.start());
  }

  /** Waits until the member has reported that it serves clients. */
  public void awaitReady() throws InterruptedException {
    if (!stdout.await("ready to serve client requests")) {
      throw new AssertionError("not ready; stdout " + stdout + ", stderr " + stderr);
    }
  }

  /** Sends SIGTERM, and waits for the exit. */
  public int stop() throws InterruptedException {
    process.toHandle().destroy();
    return awaitExit();
  }

  /** Waits for the exit, and returns the status. */
  public int awaitExit() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("still runs; stdout " + stdout + ", stderr " + stderr);
    }
    stdout.awaitEnd();
    stderr.awaitEnd();
    return process.exitValue();
  }

  /** The lines on stdout so far. */
  public List<String> stdout() {
    return stdout.soFar();
  }

  /** The lines on stderr so far, without the log lines of level info. */
  public List<String> complaints() {
    return stderr.soFar().stream().filter(line -> !line.contains("Z info ")).toList();
  }

  /** The lines on stderr so far. */
  public List<String> stderr() {
    return stderr.soFar();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Collects the lines of a stream on a thread of its own. */
  private static final class Lines {
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;
    private boolean ended;

    Lines(InputStream stream) {
      reader = new Thread(() -> read(stream), "output of bin/kvorum");
      reader.setDaemon(true);
      reader.start();
    }

    private void read(InputStream stream) {
      try (BufferedReader text =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        for (String line = text.readLine(); line != null; line = text.readLine()) {
          add(line);
        }
      } catch (IOException closed) {
        throw new UncheckedIOException(closed);
      } finally {
        end();
      }
    }

    private synchronized void add(String line) {
      lines.add(line);
      notifyAll();
    }

    private synchronized void end() {
      ended = true;
      notifyAll();
    }

    synchronized boolean await(String part) throws InterruptedException {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (lines.stream().noneMatch(line -> line.contains(part))) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (ended || left <= 0) {
          return false;
        }
        wait(left);
      }
      return true;
    }

    void awaitEnd() throws InterruptedException {
      reader.join(PATIENCE.toMillis());
    }

    synchronized List<String> soFar() {
      return List.copyOf(lines);
    }

    @Override
    public String toString() {
      return soFar().toString();
    }
  }
}
