package io.kvorum.peer;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * What operators and the member set.
 *
 * @param addresses where to listen; port 0 lets the system choose
 * @param maxQueuedBytes how much may wait for each other member; what comes on top is dropped, but
 *     for a message that waits alone
 * @param keepAliveInterval how often each end asks the other whether it is still there
 * @param keepAliveTimeout how long it waits for the answer, and for a connection to open
 * @param minBackoff how long after a failure the next attempt begins, at first
 * @param maxBackoff and at last; a random part of up to a half is taken off
 * @param stallTimeout after which time a transfer of the state that does not move is given up
 * @param requestTimeout how long a request to the leader may take
 */
public record PeerSettings(
    List<InetSocketAddress> addresses,
    int maxQueuedBytes,
    Duration keepAliveInterval,
    Duration keepAliveTimeout,
    Duration minBackoff,
    Duration maxBackoff,
    Duration stallTimeout,
    Duration requestTimeout) {
  /**
   * The largest request that members can pass on to each other: a message carries it whole, with
   * something around it.
   */
  public static final int MAX_REQUEST_BYTES = 60 << 20;

  public PeerSettings {
    addresses = List.copyOf(addresses);
  }

  /** The usual settings, with the usual election timeout. */
  public static PeerSettings of(List<InetSocketAddress> addresses) {
    return of(addresses, Duration.ofSeconds(1));
  }

  /**
   * The usual settings.
   *
   * @param electionTimeout a request to the leader outlasts two of them, as etcd's do
   */
  public static PeerSettings of(List<InetSocketAddress> addresses, Duration electionTimeout) {
    return new PeerSettings(
        addresses,
        16 << 20,
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ofMillis(50),
        Duration.ofSeconds(1),
        Duration.ofSeconds(60),
        electionTimeout.multipliedBy(2).plusSeconds(5));
  }

  public PeerSettings withMaxQueuedBytes(int bytes) {
    return new PeerSettings(
        addresses,
        bytes,
        keepAliveInterval,
        keepAliveTimeout,
        minBackoff,
        maxBackoff,
        stallTimeout,
        requestTimeout);
  }

  public PeerSettings withKeepAlive(Duration interval, Duration timeout) {
    return new PeerSettings(
        addresses,
        maxQueuedBytes,
        interval,
        timeout,
        minBackoff,
        maxBackoff,
        stallTimeout,
        requestTimeout);
  }

  public PeerSettings withTimeouts(Duration stall, Duration request) {
    return new PeerSettings(
        addresses,
        maxQueuedBytes,
        keepAliveInterval,
        keepAliveTimeout,
        minBackoff,
        maxBackoff,
        stall,
        request);
  }
}
