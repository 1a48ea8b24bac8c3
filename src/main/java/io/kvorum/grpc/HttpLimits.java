package io.kvorum.grpc;

import io.kvorum.service.ClientLimits;
import java.time.Duration;

/**
 * Limits what an HTTP/1.1 client may take of the client port's time and memory. Immutable.
 *
 * <p>A connection that has no request under way may be silent for as long as it likes, as in etcd.
 *
 * @param head how long the head of a request may take, from its first byte
 * @param body how long a body may take that is collected here
 * @param stall how long the container may wait for a client that does not read its answer
 * @param bodyBytes the largest body that is collected
 * @param heldBytes what is held of bodies and answers for all connections of one event loop
 */
record HttpLimits(Duration head, Duration body, Duration stall, int bodyBytes, long heldBytes) {
  private static final long LEAST_HELD_BYTES = 16L << 20;

  /**
   * The usual limits: for bodies and answers together half as much as the heap, or four bodies.
   * They are held outside of the heap, where there is as much room again.
   */
  static HttpLimits usual(ClientLimits limits, int eventLoops) {
    int bodyBytes = limits.maxJsonBytes();
    long ofHeap = Runtime.getRuntime().maxMemory() / 2 / eventLoops;
    return new HttpLimits(
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        bodyBytes,
        Math.max(Math.max(LEAST_HELD_BYTES, ofHeap), 4L * bodyBytes));
  }
}
