package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerKind;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The stock etcdctl, pointed at a server. Its absence is a failure, not a reason to skip. */
public final class Etcdctl {

  private static final long SECONDS_AT_MOST = 20;

  private final String endpoints;
  private final Path program;

  public Etcdctl(URI endpoint) {
    this(List.of(endpoint));
  }

  /** Pointed at several servers, of which it chooses, and asks another if one does not answer. */
  public Etcdctl(List<URI> endpoints) {
    this.endpoints = endpoints.stream().map(URI::getAuthority).collect(Collectors.joining(","));
    this.program =
        ServerKind.onPath("etcdctl")
            .orElseThrow(
                () ->
                    new AssertionError(
                        "etcdctl is needed and not on the PATH; get it: apt-get install"
                            + " etcd-client"));
  }

  /** How a call ended. */
  public record Outcome(int status, String out, String err) {

    /** The complaint: the last line of the standard error, below the log of the client. */
    public String complaint() {
      return err.isBlank() ? "" : err.lines().reduce("", (before, line) -> line);
    }
  }

  /** Runs to the end, which must be a success; the standard output. */
  public String ok(String... arguments) {
    return okWithInput("", arguments);
  }

  /** Like {@link #ok} with something on the standard input. */
  public String okWithInput(String input, String... arguments) {
    Outcome outcome = runWithInput(input, arguments);
    assertThat(outcome.status())
        .as("etcdctl %s printed %s", String.join(" ", arguments), outcome.err())
        .isZero();
    return outcome.out();
  }

  /** Runs to the end, whatever it is. */
  public Outcome run(String... arguments) {
    return runWithInput("", arguments);
  }

  public Outcome runWithInput(String input, String... arguments) {
    try {
      Process process = process(arguments).start();
      CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> read(process, true));
      CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> read(process, false));
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException closedEarly) {
        // It has ended without reading; its status and output tell why.
      }
      if (!process.waitFor(SECONDS_AT_MOST, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            "etcdctl " + List.of(arguments) + " did not end, printed " + out.join() + err.join());
      }
      return new Outcome(process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new AssertionError("etcdctl could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Starts a call that runs until it is stopped. */
  public RunningEtcdctl start(String... arguments) {
    try {
      return new RunningEtcdctl(process(arguments).start());
    } catch (IOException e) {
      throw new AssertionError("etcdctl could not be run", e);
    }
  }

  /** The revision of the store now. */
  public long revision() {
    return field("Revision", ok("get", "no such key", "-w", "fields"));
  }

  /** The number, as 64 bits, on the first line of that name in an output of {@code -w fields}. */
  public static long field(String name, String fields) {
    return fields
        .lines()
        .filter(line -> line.startsWith('"' + name + "\" : "))
        .mapToLong(line -> new BigInteger(line.substring(line.indexOf(" : ") + 3)).longValue())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no field " + name + " in " + fields));
  }

  private ProcessBuilder process(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("ETCDCTL_"));
    builder.environment().put("ETCDCTL_API", "3");
    builder.environment().put("ETCDCTL_ENDPOINTS", endpoints);
    return builder;
  }

  private static String read(Process process, boolean standardOutput) {
    try (var stream = standardOutput ? process.getInputStream() : process.getErrorStream()) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "unreadable: " + e;
    }
  }
}
