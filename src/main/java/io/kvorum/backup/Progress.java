package io.kvorum.backup;

/** Is told how far long work on a file has come, often; on the thread that works. */
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
