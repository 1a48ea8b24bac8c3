package io.kvorum.consensus;

/**
 * Runs the Raft loop's rounds, and is its clock. {@code RaftThread} does so on a thread of its own;
 * a simulation calls the rounds itself, in an order that it chooses.
 */
public interface LoopRunner {

  /** The Raft loop, as its runner sees it. */
  interface Rounds {
    long FINISHED = -1;

    /**
     * Does what there is to do. Always called by the same thread.
     *
     * @return 0 if there may be more at once, otherwise the nanoseconds until something falls due
     *     unless {@link #hasWork} before; {@link #FINISHED} if it must not be called again
     */
    long runRound();

    /** Whether something has arrived since the last round. Always called by that thread. */
    boolean hasWork();
  }

  /** Begins to run rounds until they are finished. */
  void start(Rounds rounds);

  /** Something has arrived, so that {@link Rounds#hasWork} is true. Any thread; cheap. */
  void wake();

  boolean isRaftThread();

  /** Time that only moves forward, with any origin. */
  long nanoTime();

  /** Waits for the last round, after a stop was requested; does nothing on the Raft thread. */
  void awaitFinished();
}
