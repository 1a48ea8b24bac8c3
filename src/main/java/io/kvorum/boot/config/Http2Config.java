package io.kvorum.boot.config;

import java.time.Duration;

/**
 * What a connection of gRPC may do, and when it counts as dead. Immutable. As in etcd, durations
 * that are not positive stand for what gRPC itself does.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param mostStreams calls at a time
 * @param leastPingGap between two pings of a client that has open calls
 * @param pingInterval after which a silent client is pinged; at least a second
 * @param pingTimeout after which one that does not answer is disconnected
 */
public record Http2Config(
    int mostStreams, Duration leastPingGap, Duration pingInterval, Duration pingTimeout) {
  private static final String STREAMS = "max-concurrent-streams";
  private static final long UINT32_MAX = 0xffff_ffffL;
  private static final Duration USUAL_GAP = Duration.ofMinutes(5);
  private static final Duration LEAST_INTERVAL = Duration.ofSeconds(1);
  private static final Duration USUAL_INTERVAL = Duration.ofHours(2);
  private static final Duration USUAL_TIMEOUT = Duration.ofSeconds(20);

  static Http2Config from(Settings settings) {
    Duration gap = settings.duration("grpc-keepalive-min-time");
    Duration interval = settings.duration("grpc-keepalive-interval");
    Duration timeout = settings.duration("grpc-keepalive-timeout");
    boolean arePingsSet = isPositive(interval) && isPositive(timeout);
    return new Http2Config(
        mostStreams(settings),
        isPositive(gap) ? gap : USUAL_GAP,
        arePingsSet ? max(interval, LEAST_INTERVAL) : USUAL_INTERVAL,
        arePingsSet ? timeout : USUAL_TIMEOUT);
  }

  /**
   * 0 means no limit, and so does what no connection reaches: streams are odd numbers of 31 bits.
   */
  private static int mostStreams(Settings settings) {
    long most = settings.number(STREAMS, 0);
    if (most > UINT32_MAX) {
      throw settings.refusal(STREAMS, "must be at most " + UINT32_MAX);
    }
    return most == 0 ? Integer.MAX_VALUE : (int) Math.min(most, Integer.MAX_VALUE);
  }

  private static boolean isPositive(Duration duration) {
    return !duration.isZero() && !duration.isNegative();
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
