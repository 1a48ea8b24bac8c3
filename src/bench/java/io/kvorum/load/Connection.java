package io.kvorum.load;

import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/** One connection to a server. All its methods are called on its event loop. */
interface Connection {

  /** Receives the outcome of one call; called on the event loop of the connection, exactly once. */
  @FunctionalInterface
  interface Answer {

    /**
     * The call ended.
     *
     * @param bytes length of the answer's message
     * @param failure why the call failed, or null if it did not
     */
    void ended(int bytes, @Nullable String failure);
  }

  EventLoop eventLoop();

  /**
   * Sends a request. What was sent from within an answer leaves when all answers that arrived
   * together have been handled; otherwise call {@link #flush()}.
   */
  void call(Request request, Answer answer);

  /** Lets out what has been sent. */
  void flush();

  /** False once the connection has failed; every further call then fails at once. */
  boolean open();

  /** Closes it, from any thread; calls in flight end with a failure. */
  void close();
}
