package io.kvorum.rest;

import org.jspecify.annotations.Nullable;

/**
 * What is said on one stream. Its stream calls it from one thread at a time, but for {@link
 * #close}, which comes from any; nothing here may block.
 */
interface Conversation {
  /**
   * Takes one request.
   *
   * @throws io.kvorum.rest.json.MalformedJsonException if it is not one: no more requests come then
   */
  void take(byte[] json);

  /** False while requests are to wait, because answers to the earlier ones are due. */
  boolean takesMore();

  /** The client sends no more requests. */
  void requestsEnded();

  /** The next element to send, with its line end; null if there is none now. */
  byte @Nullable [] next();

  /** True once nothing will come after what {@link #next} has given. */
  boolean isOver();

  /** Why the conversation is over; null if it came to its natural end. */
  @Nullable GatewayError failure();

  /** The client has gone. May be called more than once. */
  void close();
}
