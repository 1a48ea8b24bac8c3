package io.kvorum.ctl;

import io.kvorum.backup.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Shows the progress of work on a file, each step on a separate line. Used by one thread.
 *
 * <p>Held by: SnapshotFileCommandsTest.
 */
final class FileProgress implements Progress, AutoCloseable {
  private final Invocation invocation;
  private @Nullable Step shown;
  private @Nullable ProgressLine line;

  FileProgress(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public void report(Step step, long doneBytes, long totalBytes) {
    ProgressLine current = line;
    if (current == null || step != shown) {
      close();
      current = ProgressLine.of(invocation, words(step));
      line = current;
      shown = step;
    }
    current.at(doneBytes, totalBytes);
  }

  private static String words(Step step) {
    return switch (step) {
      case VERIFY -> "verifying the hash";
      case CHECK -> "checking the structure";
      case READ -> "reading";
    };
  }

  @Override
  public void close() {
    if (line != null) {
      line.close();
      line = null;
    }
  }
}
