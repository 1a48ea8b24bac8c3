package io.kvorum.boot.launcher;

/**
 * Refuses to start a member whose heap is too small: it would end in an OutOfMemoryError after long
 * collections of garbage. Stateless.
 */
final class HeapSize {
  /** The smallest heap in which a member starts and serves a few keys. */
  static final int MINIMUM_MIB = 96;

  /** Room for a small store. */
  private static final int ADVISED_MIB = 256;

  private static final int MIB_SHIFT = 20;

  private HeapSize() {}

  /**
   * Checks {@link Runtime#maxMemory()}. Some collectors keep up to a twelfth of the heap free for
   * themselves and leave it out of that figure, so as much may be missing.
   *
   * @throws LaunchException if it is too small
   */
  static void check(long bytes) throws LaunchException {
    if (bytes < ((long) MINIMUM_MIB << MIB_SHIFT) / 12 * 11) {
      throw new LaunchException(
          String.format(
              "a heap of %d MiB is too small: a member needs at least %d MiB;"
                  + " set JVM_ARGS=-Xmx%dm or more (see \"Sizing a member\" in docs/operations.md)",
              bytes >> MIB_SHIFT, MINIMUM_MIB, ADVISED_MIB));
    }
  }
}
