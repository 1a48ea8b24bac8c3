package io.kvorum.rest;

import org.jspecify.annotations.Nullable;

/**
 * Turns the requests of one stream into its answers. Called from one thread at a time, except for
 * {@link #close}, which any thread may call; nothing here may block.
 */
interface Conversation {
  /**
   * Takes one request.
   *
   * @throws io.kvorum.rest.json.MalformedJsonException if it is malformed; no more requests follow
   * @throws io.kvorum.model.RequestException if it is refused; no more requests follow
   */
  void take(byte[] json);

  /** False while further requests must wait for the answers to earlier ones. */
  boolean takesMore();

  /**
   * The client sends no more requests.
   *
   * @throws io.kvorum.model.RequestException if that stands for a request, which is refused
   */
  void requestsEnded();

  /** The next element to send, with its line end; null if there is none now. */
  byte @Nullable [] next();

  /**
   * True if {@link #next} has returned the answers to all requests that were taken, so that an
   * error of the request behind them has its place here.
   */
  boolean hasAnswered();

  /** True once {@link #next} has returned the last element. */
  boolean isOver();

  /** The error that ended the conversation; null if it ended regularly. */
  @Nullable GatewayError failure();

  /** The client has disconnected. May be called more than once. */
  void close();
}
