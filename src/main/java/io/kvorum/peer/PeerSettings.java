package io.kvorum.peer;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Configures the connections between members. Immutable.
 *
 * @param addresses listening addresses; port 0 lets the system choose
 * @param maxQueuedBytes bound on the messages that wait for each other member; further ones are
 *     dropped, except for one that waits alone
 * @param keepAliveInterval between two pings, in both directions
 * @param keepAliveTimeout for the answer to a ping, and for a connection to open
 * @param minBackoff first delay after a failure
 * @param maxBackoff longest delay after failures; a random part of up to a half is subtracted
 * @param stallTimeout a snapshot transfer that makes no progress for so long is given up
 * @param requestTimeout for a request to the leader
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
   * @param electionTimeout a request to the leader may take two of them and five seconds, as in
   *     etcd
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
