package io.kvorum.consensus.hazelcast;

/**
 * The thread that drives the engine, and its clock. The real one is {@link RaftThread}; a
 * simulation calls the rounds itself, in an order of its own.
 */
public interface LoopRunner {

  /** The engine, as the runner sees it: rounds of work. */
  interface Rounds {
    long FINISHED = -1;

    /**
     * Does what there is to do. Always called by the same thread.
     *
     * @return 0 if there may be more at once, otherwise the nanoseconds until something falls due
     *     unless {@link #hasWork} before; {@link #FINISHED} if it must not be called again
     */
    long runRound();

    /** Whether something has arrived since the last round; called by the same thread. */
    boolean hasWork();
  }

  /** Begins to run rounds until they are finished. */
  void start(Rounds rounds);

  /** Something has arrived, which {@link Rounds#hasWork} tells already. Any thread; cheap. */
  void wake();

  boolean isRaftThread();

  /** Time that only moves forward, with any origin. */
  long nanoTime();

  /** Waits for the last round, which was asked for before; does nothing on the engine thread. */
  void awaitFinished();
}
