package io.kvorum.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs a server as a child process of this JVM: the one way in which tests, benchmarks and fault
 * programs start {@code bin/kvorum} or a stock etcd. It stops no other process than its own child,
 * and that one at the latest when this JVM ends. Thread-safe.
 */
public final class ServerProcess implements AutoCloseable {
  /** The time that a start or an end may take on a busy machine. */
  public static final Duration PATIENCE =
      Duration.ofSeconds(Long.getLong("kvorum.start.seconds", 300));

  /** A busy machine may be as slow as that at any time. */
  private static final Pattern SLOW =
      Pattern.compile(
          "(CallTimes|ApplyMeter): (request stats|apply request took too long|more of these were"
              + " left out): ");

  private static final Duration POLITE_END_AT_MOST = Duration.ofSeconds(20);

  /** What every server prints when clients can be served. */
  private static final String READY = "ready to serve client requests";

  private final Process process;
  private final @Nullable URI endpoint;
  private final @Nullable PrintWriter file;
  private final @Nullable Path fileName;
  private final CompletableFuture<Duration> ready = new CompletableFuture<>();
  private final Lines stdout;
  private final Lines stderr;
  private final Thread guard = new Thread(this::kill, "guard of a server");
  private final long startedNanos = System.nanoTime();

  private ServerProcess(Process process, @Nullable URI endpoint, @Nullable Path fileName)
      throws IOException {
    this.process = process;
    this.endpoint = endpoint;
    this.fileName = fileName;
    this.file =
        fileName == null
            ? null
            : new PrintWriter(
                Files.newBufferedWriter(
                    fileName, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    this.stdout = new Lines(process.getInputStream());
    this.stderr = new Lines(process.getErrorStream());
  }

  /** Starts a member of its own cluster on new ports, and waits until it is ready. */
  public static ServerProcess start(
      ServerKind kind, Path dataDirectory, List<String> flags, Map<String, String> environment)
      throws IOException, InterruptedException {
    return start(kind, dataDirectory, Ports.freeUrl(), Ports.freeUrl(), flags, environment);
  }

  /** Starts a member of its own cluster at the given URLs, and waits until it is ready. */
  public static ServerProcess start(
      ServerKind kind,
      Path dataDirectory,
      URI client,
      URI peer,
      List<String> flags,
      Map<String, String> environment)
      throws IOException, InterruptedException {
    ServerProcess server = launch(kind, dataDirectory, client, peer, flags, environment);
    try {
      server.awaitReady();
      return server;
    } catch (IllegalStateException | InterruptedException e) {
      server.kill();
      throw e;
    }
  }

  /** Starts a member of its own cluster without waiting; its output goes beside its directory. */
  public static ServerProcess launch(
      ServerKind kind,
      Path dataDirectory,
      URI client,
      URI peer,
      List<String> flags,
      Map<String, String> environment)
      throws IOException {
    return launch(
        kind.command(dataDirectory, client, peer, flags),
        outputBeside(dataDirectory),
        client,
        environment);
  }

  /**
   * Starts a server without waiting.
   *
   * @param output the file to which its output is appended
   */
  public static ServerProcess launch(
      List<String> command, Path output, URI client, Map<String, String> environment)
      throws IOException {
    Files.createDirectories(output.toAbsolutePath().getParent());
    return launch(command, environment, client, output);
  }

  /**
   * Starts {@code bin/kvorum} with just these arguments, as a user does, without waiting. Only its
   * URL for peers is chosen, unless they have one: the usual port may be in use.
   */
  public static ServerProcess kvorum(String... arguments) throws IOException {
    return kvorum(Path.of("bin/kvorum").toAbsolutePath(), Map.of(), arguments);
  }

  /** The same through another path to the launcher, with more variables. */
  public static ServerProcess kvorum(
      Path launcher, Map<String, String> variables, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    Map<String, String> environment = new HashMap<>();
    environment.put("JVM_ARGS", "-Xmx256m");
    if (command.stream().noneMatch(argument -> argument.startsWith("--listen-peer-urls"))) {
      environment.put("ETCD_LISTEN_PEER_URLS", Ports.freeUrl().toString());
    }
    environment.putAll(variables);
    return launch(command, environment, null, null);
  }

  private static ServerProcess launch(
      List<String> command,
      Map<String, String> environment,
      @Nullable URI client,
      @Nullable Path output)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("ETCD"));
    builder.environment().putAll(environment);
    ServerProcess server = new ServerProcess(builder.start(), client, output);
    Runtime.getRuntime().addShutdownHook(server.guard);
    server.stdout.start();
    server.stderr.start();
    return server;
  }

  /** The usual place for the output of a member. */
  static Path outputBeside(Path dataDirectory) {
    return dataDirectory.resolveSibling(dataDirectory.getFileName() + ".log");
  }

  /** The URL for clients. */
  public URI endpoint() {
    if (endpoint == null) {
      throw new IllegalStateException("only its arguments say where it serves");
    }
    return endpoint;
  }

  public long pid() {
    return process.pid();
  }

  /** From the start of the process until it said that it was ready. */
  public Duration timeToReady() {
    return ready.join();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** Waits until it says that clients can be served; fails if it ends before. */
  public void awaitReady() throws InterruptedException {
    try {
      ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "not ready after " + PATIENCE.toSeconds() + " s" + lastOutput(), e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().getMessage() + lastOutput(), e);
    }
  }

  /** Waits until it has written that to its log. */
  public void awaitLogged(String part) {
    Await.until(
        "\"" + part + "\" in the log",
        PATIENCE,
        () -> stderr().stream().anyMatch(line -> line.contains(part)));
  }

  /** Sends SIGTERM and waits for the end; the exit status. */
  public int terminate() throws InterruptedException {
    return terminate(PATIENCE);
  }

  /** Sends SIGTERM and waits for the end, which must come in time; the exit status. */
  public int terminate(Duration atMost) throws InterruptedException {
    process.toHandle().destroy();
    return awaitExit(atMost);
  }

  /** Waits for an end that something else causes; the exit status. */
  public int awaitExit() throws InterruptedException {
    return awaitExit(PATIENCE);
  }

  /** Waits for an end that something else causes and that must come in time; the exit status. */
  public int awaitExit(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          "still running after " + atMost.toSeconds() + " s" + lastOutput());
    }
    stdout.awaitEnd();
    stderr.awaitEnd();
    finish();
    return process.exitValue();
  }

  /** Sends SIGKILL to the process and its descendants, and waits for the end. */
  public void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.toHandle().destroyForcibly();
    boolean interrupted = false;
    while (true) {
      try {
        process.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    finish();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the process with SIGTERM, or with SIGKILL if that takes too long. */
  @Override
  public void close() throws InterruptedException {
    if (process.isAlive()) {
      process.toHandle().destroy();
      if (!process.waitFor(POLITE_END_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
    }
    finish();
  }

  private void finish() {
    if (Thread.currentThread() != guard) {
      try {
        Runtime.getRuntime().removeShutdownHook(guard);
      } catch (IllegalStateException alreadyShuttingDown) {
        // Then the guard runs anyway and finds the process gone.
      }
    }
  }

  /** The last lines on stdout. */
  public List<String> stdout() {
    return stdout.last();
  }

  /** The last lines on stderr. */
  public List<String> stderr() {
    return stderr.last();
  }

  /**
   * The last lines on stderr that are not log lines of level info, but for those that say that this
   * machine is slow.
   */
  public List<String> complaints() {
    return stderr().stream()
        .filter(line -> !line.contains("Z info ") && !SLOW.matcher(line).find())
        .toList();
  }

  /** All that has been written to its output file, by earlier processes of the member too. */
  public String output() throws IOException {
    if (fileName == null) {
      throw new IllegalStateException("its output is not kept in a file");
    }
    return Files.readString(fileName);
  }

  /** The last lines that the server printed, to be appended to a failure. */
  public String lastOutput() {
    return "\n--- end of the output of process "
        + pid()
        + (fileName == null ? "" : ", " + fileName)
        + stdout
        + stderr
        + "\n---";
  }

  private void printed(String line) {
    if (file != null) {
      synchronized (file) {
        file.println(line);
        file.flush();
      }
    }
    if (line.contains(READY)) {
      ready.complete(Duration.ofNanos(System.nanoTime() - startedNanos));
    }
  }

  private void ended() {
    if (stdout.hasEnded() && stderr.hasEnded()) {
      ready.completeExceptionally(
          new IllegalStateException("the server ended before it was ready"));
      if (file != null) {
        file.close();
      }
    }
  }

  /** Reads one of the two streams on its own thread, and keeps the last lines. */
  private final class Lines implements Runnable {
    private static final int KEPT = 1_000;
    private static final int SHOWN = 30;

    private final Deque<String> last = new ArrayDeque<>();
    private final InputStream stream;
    private final Thread reader = new Thread(this, "output of a server");
    private boolean ended;

    Lines(InputStream stream) {
      this.stream = stream;
      reader.setDaemon(true);
    }

    void start() {
      reader.start();
    }

    @Override
    public void run() {
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          keep(line);
          printed(line);
        }
      } catch (IOException e) {
        if (process.isAlive()) {
          throw new UncheckedIOException(e);
        }
      } finally {
        synchronized (this) {
          ended = true;
        }
        ended();
      }
    }

    private synchronized void keep(String line) {
      last.add(line);
      if (last.size() > KEPT) {
        last.remove();
      }
    }

    synchronized boolean hasEnded() {
      return ended;
    }

    /** Waits until all that the process printed is here. */
    void awaitEnd() throws InterruptedException {
      reader.join(PATIENCE.toMillis());
    }

    synchronized List<String> last() {
      return List.copyOf(last);
    }

    @Override
    public String toString() {
      List<String> lines = last();
      List<String> shown = lines.subList(Math.max(0, lines.size() - SHOWN), lines.size());
      return shown.isEmpty() ? "" : "\n" + String.join("\n", shown);
    }
  }
}
