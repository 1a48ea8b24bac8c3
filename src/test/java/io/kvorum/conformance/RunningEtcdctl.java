package io.kvorum.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a call of etcdctl that does not end by itself, such as a watch. Closing it interrupts it as
 * ctrl-C would.
 */
public final class RunningEtcdctl implements AutoCloseable {

  private static final long SECONDS_AT_MOST = 15;

  private final Process process;
  private final BlockingQueue<String> out = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> err = new LinkedBlockingQueue<>();

  RunningEtcdctl(Process process) {
    this.process = process;
    read(process.getInputStream(), out, "etcdctl output");
    read(process.getErrorStream(), err, "etcdctl errors");
  }

  /** The next line of the standard output; fails if none comes in time. */
  public String line() {
    String line = lineWithin(SECONDS_AT_MOST * 1000);
    if (line == null) {
      throw new AssertionError("no further output, errors: " + err);
    }
    return line;
  }

  /** The next line, or null if none comes in that time. */
  public @Nullable String lineWithin(long millis) {
    try {
      return out.poll(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  public List<String> lines(int count) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      try {
        lines.add(line());
      } catch (AssertionError e) {
        throw new AssertionError("after " + lines + ": " + e.getMessage(), e);
      }
    }
    return lines;
  }

  /** Reads on until a line contains the text; that line. */
  public String lineWith(String text) {
    String line = line();
    while (!line.contains(text)) {
      line = line();
    }
    return line;
  }

  public void type(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new AssertionError("etcdctl does not read its input", e);
    }
  }

  /** Waits for the end; its status. */
  public int awaitEnd() {
    try {
      if (!process.waitFor(SECONDS_AT_MOST, TimeUnit.SECONDS)) {
        throw new AssertionError("etcdctl still runs, errors: " + err);
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The next line of the standard error that contains the text. */
  public String errorWith(String text) {
    try {
      String line = err.poll(SECONDS_AT_MOST, TimeUnit.SECONDS);
      while (line != null && !line.contains(text)) {
        line = err.poll(SECONDS_AT_MOST, TimeUnit.SECONDS);
      }
      if (line == null) {
        throw new AssertionError("nothing on the standard error with " + text);
      }
      return line;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  @Override
  public void close() {
    process.toHandle().destroy();
    try {
      if (!process.waitFor(SECONDS_AT_MOST, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static void read(InputStream from, BlockingQueue<String> to, String name) {
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                lines.lines().forEach(to::add);
              } catch (IOException | java.io.UncheckedIOException ended) {
                to.add("(closed: " + ended.getMessage() + ")");
              }
            },
            name);
    reader.setDaemon(true);
    reader.start();
  }
}
