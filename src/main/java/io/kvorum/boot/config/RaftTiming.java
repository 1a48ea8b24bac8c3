package io.kvorum.boot.config;

import java.time.Duration;

/**
 * The pace of Raft.
 *
 * @param snapshotCount entries of the log after which it may be cut; a large one counts as less
 * @param heartbeat between two signs of life of a leader
 * @param electionTimeout without one before an election; at least five heartbeats
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
