package io.kvorum.backup;

/** Receives the progress of long work on a file, often, on the thread that does the work. */
@FunctionalInterface
public interface Progress {
  /** Nobody looks. */
  Progress NONE = (step, doneBytes, totalBytes) -> {};

  /** What is being done. */
  enum Step {
    /** The checksum of the file is being compared. */
    VERIFY,
    /** The structure of the file is being checked. */
    CHECK,
    /** The content is being read, and written elsewhere if there is a place for it. */
    READ
  }

  void report(Step step, long doneBytes, long totalBytes);
}
