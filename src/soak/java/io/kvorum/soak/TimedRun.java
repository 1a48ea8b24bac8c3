package io.kvorum.soak;

import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/**
 * Reads the options of a program that tries something at random for a given time, and runs it: the
 * seed is printed first, and named by a failure.
 */
public final class TimedRun {
  @Option(names = "--minutes", defaultValue = "10", description = "how long (${DEFAULT-VALUE})")
  private double minutes;

  @Option(names = "--seed", description = "repeats the random choices of a run")
  private long seed = System.currentTimeMillis() * 1000;

  @Option(names = "--data", required = true, hidden = true)
  private Path data;

  /** What is tried. */
  public interface Work {
    /**
     * @param data where files may be left
     */
    void run(Path data, long seed, Duration time) throws Exception;
  }

  /** Runs the work once; throws if it fails. */
  public void run(Work work) {
    System.out.println("seed " + seed);
    try {
      work.run(data.toAbsolutePath(), seed, Duration.ofMillis((long) (minutes * 60_000)));
    } catch (Exception e) {
      throw new IllegalStateException("seed " + seed, e);
    }
  }
}
