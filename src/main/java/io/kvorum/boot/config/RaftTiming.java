package io.kvorum.boot.config;

import java.time.Duration;

/**
 * The timing of Raft. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param snapshotCount entries of the log after which it may be cut; Raft caps large values
 * @param heartbeat interval of a leader's heartbeats
 * @param electionTimeout time without a heartbeat before an election; at least five heartbeats
 */
public record RaftTiming(long snapshotCount, Duration heartbeat, Duration electionTimeout) {
  private static final long MOST_ELECTION_MILLIS = 50_000;

  static RaftTiming from(Settings settings) {
    long heartbeat = settings.number("heartbeat-interval", 1);
    long election = settings.number("election-timeout", 1);
    if (election > MOST_ELECTION_MILLIS) {
      throw settings.refusal("election-timeout", "must be at most " + MOST_ELECTION_MILLIS);
    }
    if (election / 5 < heartbeat) {
      throw settings.refusal(
          "election-timeout", "must be at least 5 times --heartbeat-interval, " + heartbeat);
    }
    return new RaftTiming(
        settings.number("snapshot-count", 1),
        Duration.ofMillis(heartbeat),
        Duration.ofMillis(election));
  }
}
