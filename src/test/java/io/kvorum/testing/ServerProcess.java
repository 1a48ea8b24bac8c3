package io.kvorum.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A server process that this JVM started, and the only one that it will ever stop. Its output is
 * added to a file, by default beside its data directory. Thread-safe.
 */
public final class ServerProcess implements AutoCloseable {
  private static final int LOWEST_PORT = 15_000;
  private static final int HIGHEST_PORT = 30_000;

  /** What every server prints when clients can be served. */
  private static final String READY = "ready to serve client requests";

  private static final int LAST_LINES = 30;

  private final Process process;
  private final URI endpoint;
  private final Path dataDirectory;
  private final Path output;
  private final CompletableFuture<Duration> ready = new CompletableFuture<>();
  private final Deque<String> lastLines = new ArrayDeque<>();
  private final Thread reader;
  private final Thread guard = new Thread(this::kill, "guard of a server");
  private final long startedNanos = System.nanoTime();

  private ServerProcess(Process process, URI endpoint, Path dataDirectory, Path output) {
    this.process = process;
    this.endpoint = endpoint;
    this.dataDirectory = dataDirectory;
    this.output = output;
    this.reader = new Thread(this::readOutput, "output of server " + process.pid());
  }

  /** Starts a server on new ports and waits until it can be used. */
  public static ServerProcess start(
      ServerKind kind, Path dataDirectory, List<String> flags, Map<String, String> environment)
      throws IOException, InterruptedException {
    return start(kind, dataDirectory, freeAddress(), freeAddress(), flags, environment);
  }

  /** Starts a server on the given addresses and waits until it can be used. */
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

  /** Starts a server and does not wait for it. */
  public static ServerProcess launch(
      ServerKind kind,
      Path dataDirectory,
      URI client,
      URI peer,
      List<String> flags,
      Map<String, String> environment)
      throws IOException {
    return launch(
        kind.command(dataDirectory, client, peer, flags), dataDirectory, client, environment);
  }

  /**
   * Starts a server and does not wait for it; its output goes beside the directory.
   *
   * @param command see {@link ServerKind#command}
   */
  public static ServerProcess launch(
      List<String> command, Path dataDirectory, URI client, Map<String, String> environment)
      throws IOException {
    Path output = dataDirectory.resolveSibling(dataDirectory.getFileName() + ".log");
    return launch(command, dataDirectory, output, client, environment);
  }

  /** Starts a server with a command line of one's own, and does not wait for it. */
  public static ServerProcess launch(
      List<String> command,
      Path dataDirectory,
      Path output,
      URI client,
      Map<String, String> environment)
      throws IOException {
    Files.createDirectories(dataDirectory.toAbsolutePath().getParent());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    ServerProcess server = new ServerProcess(builder.start(), client, dataDirectory, output);
    Runtime.getRuntime().addShutdownHook(server.guard);
    server.reader.start();
    return server;
  }

  /**
   * An address on the loopback interface that nobody listens on; below the ports that the system
   * gives to connections, so that a server which is down for a while finds it free again.
   */
  public static URI freeAddress() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
      } catch (IOException taken) {
        // Another one, then.
      }
    }
  }

  public URI endpoint() {
    return endpoint;
  }

  public long pid() {
    return process.pid();
  }

  public Path dataDirectory() {
    return dataDirectory;
  }

  /** From the start of the process until it said that it was ready. */
  public Duration timeToReady() {
    return ready.join();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** Sends SIGTERM and waits for the end; the exit status. */
  public int terminate(Duration atMost) throws InterruptedException {
    process.toHandle().destroy();
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
      throw new IllegalStateException(
          "still running " + atMost.toSeconds() + " s after SIGTERM" + lastOutput());
    }
    finish();
    return process.exitValue();
  }

  /** Sends SIGKILL to the process and what it started, and waits for the end. */
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

  private void finish() {
    if (Thread.currentThread() != guard) {
      try {
        Runtime.getRuntime().removeShutdownHook(guard);
      } catch (IllegalStateException alreadyShuttingDown) {
        // Then the guard runs anyway and finds the process gone.
      }
    }
  }

  /** Ends the process politely, or not if it does not listen. */
  @Override
  public void close() throws InterruptedException {
    if (process.isAlive()) {
      process.toHandle().destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        kill();
      }
    }
    finish();
  }

  /** Waits for an end that somebody else has caused; the exit status. */
  public int awaitExit(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("still running" + lastOutput());
    }
    finish();
    return process.exitValue();
  }

  /** The last lines that the server printed, to be put into a failure. */
  public String lastOutput() {
    synchronized (lastLines) {
      return "\n--- end of " + output + "\n" + String.join("\n", lastLines) + "\n---";
    }
  }

  /** Waits for the end; the exit status. */
  public int awaitEnd(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          "still running after " + atMost.toSeconds() + " s" + lastOutput());
    }
    reader.join(atMost.toMillis());
    finish();
    return process.exitValue();
  }

  /** All that it has said so far. */
  public String output() throws IOException {
    return Files.exists(output) ? Files.readString(output) : "";
  }

  /** Waits until it says that clients can be served; fails if it ends before. */
  public void awaitReady() throws InterruptedException {
    long seconds = Long.getLong("kvorum.start.seconds", 240);
    try {
      ready.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("not ready after " + seconds + " s" + lastOutput(), e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().getMessage() + lastOutput(), e);
    }
  }

  private void readOutput() {
    try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        PrintWriter log =
            new PrintWriter(
                Files.newBufferedWriter(
                    output, StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
      String line = lines.readLine();
      while (line != null) {
        log.println(line);
        log.flush();
        remember(line);
        if (line.contains(READY)) {
          ready.complete(Duration.ofNanos(System.nanoTime() - startedNanos));
        }
        line = lines.readLine();
      }
    } catch (IOException e) {
      if (process.isAlive()) {
        throw new UncheckedIOException(e);
      }
    } finally {
      ready.completeExceptionally(
          new IllegalStateException("the server ended before it was ready"));
    }
  }

  private void remember(String line) {
    synchronized (lastLines) {
      lastLines.add(line);
      if (lastLines.size() > LAST_LINES) {
        lastLines.remove();
      }
    }
  }
}
