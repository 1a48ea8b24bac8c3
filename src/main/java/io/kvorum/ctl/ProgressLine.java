package io.kvorum.ctl;

import io.kvorum.ctl.output.GoText;
import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * Shows on a terminal how far a long work has got: one line on stderr, which is replaced five times
 * a second and disappears at the end. Nothing is shown elsewhere. Used by one thread.
 */
final class ProgressLine implements AutoCloseable {
  private static final long INTERVAL_NANOS = 200_000_000;
  private static final double NANOS_PER_SECOND = 1e9;

  /** To the beginning of the line, and clears it. */
  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream terminal;
  private final boolean isShown;
  private final String what;
  private final LongSupplier clock;
  private final long start;
  private long shownLast;
  private boolean hasLine;

  ProgressLine(PrintStream terminal, boolean isShown, String what, LongSupplier clock) {
    this.terminal = terminal;
    this.isShown = isShown;
    this.what = what.isEmpty() ? "" : what + ": ";
    this.clock = clock;
    this.start = clock.getAsLong();
    this.shownLast = start;
  }

  /**
   * @param what the work that is shown, or empty
   */
  static ProgressLine of(Invocation invocation, String what) {
    return new ProgressLine(
        invocation.err(), invocation.surroundings().errIsTerminal(), what, System::nanoTime);
  }

  /**
   * So many bytes are done.
   *
   * @param total of how many; 0 if that is unknown
   */
  void at(long done, long total) {
    long now = clock.getAsLong();
    if (!isShown || now - shownLast < INTERVAL_NANOS) {
      return;
    }
    shownLast = now;
    hasLine = true;
    long rate = (long) (done / ((now - start) / NANOS_PER_SECOND));
    String goal = total == 0 ? "" : " of " + GoText.bytes(total) + ", " + 100 * done / total + "%";
    terminal.print(CLEAR + what + GoText.bytes(done) + goal + ", " + GoText.bytes(rate) + "/s");
    terminal.flush();
  }

  /** Shows a line of other words, however short the time since the last one. */
  void say(String line) {
    if (isShown) {
      hasLine = true;
      terminal.print(CLEAR + what + line);
      terminal.flush();
    }
  }

  @Override
  public void close() {
    if (hasLine) {
      terminal.print(CLEAR);
      terminal.flush();
    }
  }
}
