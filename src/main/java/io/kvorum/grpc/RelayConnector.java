package io.kvorum.grpc;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Admits the connections of one event loop to the HTTP endpoint, few at a time, in the order in
 * which they come. Confined to the event loop.
 *
 * <p>The system queues a few hundred connections for a listener (Liberty: 511) and drops what comes
 * beyond, to be tried again after a second. The system accepts for the listener, so an established
 * connection may still be in that queue: a turn lasts until the endpoint has been heard of.
 */
final class RelayConnector {
  /** With three event loops, less than half of Liberty's queue. */
  static final int MOST_AT_ONCE = 64;

  private final Queue<Consumer<Turn>> waiting = new ArrayDeque<>();
  private int busy;
  private boolean isAdvancing;

  /** One of the connections that may be under way at once. */
  final class Turn {
    private boolean isOver;

    /** Lets the next one begin; again does nothing. */
    void end() {
      if (!isOver) {
        isOver = true;
        busy--;
        advance();
      }
    }
  }

  /** Runs the attempt when it is its turn, which it must end. */
  void submit(Consumer<Turn> attempt) {
    waiting.add(attempt);
    advance();
  }

  private void advance() {
    if (isAdvancing) {
      return;
    }
    isAdvancing = true;
    while (busy < MOST_AT_ONCE && !waiting.isEmpty()) {
      busy++;
      waiting.remove().accept(new Turn());
    }
    isAdvancing = false;
  }
}
