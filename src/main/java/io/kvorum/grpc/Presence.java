package io.kvorum.grpc;

import io.kvorum.support.BoundedSum;
import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Accounts for what connections and calls take in the heap by being there, whatever they are about:
 * the objects of Netty, gRPC and the container, and those here. Each is small; thousands are not.
 * Thread-safe.
 *
 * <p>A connection includes a few calls: a client with few is not refused a call, whatever others
 * do. Further calls may have half of the whole, so that there is room for connections.
 *
 * <p>Held by: PresenceTest.
 */
final class Presence {
  /** A connection that has sent nothing yet, or one of HTTP/1.1. */
  static final long CONNECTION_BYTES = 6 << 10;

  /** What TLS takes beside that: its engine and session, and the record that is being read. */
  static final long TLS_BYTES = 24 << 10;

  /** What a connection of gRPC takes beside that, with the calls that it includes. */
  static final long GRPC_BYTES = 10 << 10;

  /** A connection to the HTTP endpoint, with the container's objects for it and for its request. */
  static final long ENDPOINT_BYTES = 10 << 10;

  static final int INCLUDED_CALLS = 4;

  /** Streams at a time that are no calls of gRPC. */
  static final int INCLUDED_STREAMS = 100;

  /** A further call. */
  static final long CALL_BYTES = 5 << 9;

  /** What a call may keep of its headers without being counted for it. */
  static final int INCLUDED_HEADER_BYTES = 1 << 10;

  private final long bytes;
  private final AddressLimit addresses;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong usedByCalls = new AtomicLong();

  /**
   * @param mostPerAddress connections; 0 for no limit
   */
  Presence(long bytes, int mostPerAddress) {
    this.bytes = bytes;
    this.addresses = new AddressLimit(mostPerAddress);
  }

  long usedBytes() {
    return used.get();
  }

  /**
   * Counts a new connection until its channel closes; false if there is no room, or if its address
   * has too many. An eighth of the whole is for new connections alone: the pages for operators,
   * which take no more, are answered.
   */
  boolean accept(Channel channel) {
    if (!BoundedSum.add(used, CONNECTION_BYTES, bytes)) {
      return false;
    }
    channel.closeFuture().addListener(closed -> leave(CONNECTION_BYTES));
    return addresses.accept(channel);
  }

  /** Counts what a connection takes for its use, until it leaves; false if there is no room. */
  boolean enter(long useBytes) {
    return BoundedSum.add(used, useBytes, bytes - bytes / 8);
  }

  void leave(long useBytes) {
    used.addAndGet(-useBytes);
  }

  /** Counts what a call takes that its connection does not include; false if there is no room. */
  boolean callBegins(long callBytes) {
    if (!BoundedSum.add(usedByCalls, callBytes, bytes / 2)) {
      return false;
    }
    if (!enter(callBytes)) {
      usedByCalls.addAndGet(-callBytes);
      return false;
    }
    return true;
  }

  void callEnds(long callBytes) {
    used.addAndGet(-callBytes);
    usedByCalls.addAndGet(-callBytes);
  }
}
