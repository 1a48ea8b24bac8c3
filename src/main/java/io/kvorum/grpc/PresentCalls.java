package io.kvorum.grpc;

import io.netty.channel.Channel;

/**
 * Counts the calls of one HTTP/2 connection, and its streams that are no calls of gRPC, by what
 * they take by being there. Confined to the event loop.
 *
 * <p>Held by: StreamFrontTest, PresenceTest.
 */
final class PresentCalls {
  private final Presence presence;
  private int calls;
  private int includedStreams;

  PresentCalls(Presence presence) {
    this.presence = presence;
  }

  /**
   * Counts a call; false if there is no room for it.
   *
   * @param headerBytes what it keeps of its headers
   */
  boolean callBegins(int headerBytes) {
    long bytes = bytesBeyondIncluded(headerBytes);
    if (bytes > 0 && !presence.callBegins(bytes)) {
      return false;
    }
    calls++;
    return true;
  }

  /** A call is over, which had begun with so much of its headers, and nothing is under way. */
  void callEnds(int headerBytes) {
    calls--;
    long bytes = bytesBeyondIncluded(headerBytes);
    if (bytes > 0) {
      presence.callEnds(bytes);
    }
  }

  /** What one more call takes: for its headers each call is counted, also an included one. */
  private long bytesBeyondIncluded(int headerBytes) {
    return (calls >= Presence.INCLUDED_CALLS ? Presence.CALL_BYTES : 0)
        + (headerBytes > Presence.INCLUDED_HEADER_BYTES ? headerBytes : 0);
  }

  /**
   * Counts a stream that is no call of gRPC, until its channel closes; false if there is no room.
   * Each takes what a call takes. Those that the connection does not include take what a connection
   * takes, too, and count as one of their address: its limit is not multiplied.
   */
  boolean streamBegins(Channel stream) {
    int included = includedStreams < Presence.INCLUDED_STREAMS ? 1 : 0;
    if (included == 0 && !presence.accept(stream) || !callBegins(0)) {
      return false;
    }
    includedStreams += included;
    stream
        .closeFuture()
        .addListener(
            closed -> {
              includedStreams -= included;
              callEnds(0);
            });
    return true;
  }
}
