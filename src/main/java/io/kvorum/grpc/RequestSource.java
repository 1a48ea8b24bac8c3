package io.kvorum.grpc;

import io.netty.channel.ChannelHandlerContext;

/**
 * Gives an {@link HttpFront} the requests of its connection, one at a time. Confined to the event
 * loop.
 */
interface RequestSource {
  /** That of a {@link StreamChannel}, which has one request, and gives it itself. */
  RequestSource OF_STREAM = new OneRequest();

  /** Takes its place in front of the handler of requests. */
  void addBefore(ChannelHandlerContext front);

  /** Continues with the next request. */
  void resume();

  /** Whether it is at work, further up on the stack. */
  boolean isDecoding();

  /** Whether a head has begun and is not complete. */
  boolean isInHead();

  /** Whether no more should be read, as enough waits behind the current request. */
  boolean isFull();

  /** Drops what comes from now on. */
  void discard();

  /** Has nothing to do: what is in front of the handler does it. Stateless. */
  record OneRequest() implements RequestSource {
    @Override
    public void addBefore(ChannelHandlerContext front) {}

    @Override
    public void resume() {}

    @Override
    public boolean isDecoding() {
      return false;
    }

    @Override
    public boolean isInHead() {
      return false;
    }

    @Override
    public boolean isFull() {
      return false;
    }

    @Override
    public void discard() {}
  }
}
