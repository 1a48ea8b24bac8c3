package io.kvorum.grpc;

import java.time.Duration;

/**
 * Limits what the client port holds for clients that come before they can be served. Immutable.
 *
 * <p>Held by: HoldingRoomTest.
 *
 * @param connections how many may wait, of each kind: gRPC, HTTP/1.1
 * @param bytesEach what is read of one before it is served; more stays in the network
 * @param bytesInAll what is read of all of one kind
 * @param time how long an HTTP/1.1 request waits before it is refused; clients of gRPC have limits
 *     of their own
 */
record HoldLimits(int connections, int bytesEach, long bytesInAll, Duration time) {

  static HoldLimits usual() {
    return new HoldLimits(4096, 64 << 10, 32L << 20, Duration.ofSeconds(30));
  }
}
