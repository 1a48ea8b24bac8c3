package io.kvorum.consensus.hazelcast;

/**
 * How consensus behaves.
 *
 * @param heartbeatMillis how often a leader is heard of
 * @param electionTimeoutMillis how long a silent leader is believed in
 * @param snapshotCount entries after which the log may be cut; see {@link #entriesPerSnapshot}
 * @param maxBatchCommands commands that ride in one log entry
 * @param maxBatchBytes bytes of one log entry; a command that is larger rides alone
 * @param maxPendingProposals taken and not answered; beyond it proposals are turned away
 * @param maxPendingBytes bytes taken and not answered; beyond it proposals are turned away
 */
public record RaftSettings(
    long heartbeatMillis,
    long electionTimeoutMillis,
    long snapshotCount,
    int maxBatchCommands,
    int maxBatchBytes,
    int maxPendingProposals,
    long maxPendingBytes) {

  private static final int MOST_ENTRIES_PER_SNAPSHOT = 1_000;

  public RaftSettings {
    requirePositive("heartbeatMillis", heartbeatMillis);
    requirePositive("electionTimeoutMillis", electionTimeoutMillis);
    requirePositive("snapshotCount", snapshotCount);
    requirePositive("maxBatchCommands", maxBatchCommands);
    requirePositive("maxBatchBytes", maxBatchBytes);
    requirePositive("maxPendingProposals", maxPendingProposals);
    requirePositive("maxPendingBytes", maxPendingBytes);
  }

  public static RaftSettings defaults() {
    return new RaftSettings(100, 1_000, 10_000, 512, 256 << 10, 10_000, 64L << 20);
  }

  public RaftSettings withTimeouts(long newHeartbeatMillis, long newElectionTimeoutMillis) {
    return new RaftSettings(
        newHeartbeatMillis,
        newElectionTimeoutMillis,
        snapshotCount,
        maxBatchCommands,
        maxBatchBytes,
        maxPendingProposals,
        maxPendingBytes);
  }

  public RaftSettings withSnapshotCount(long newSnapshotCount) {
    return new RaftSettings(
        heartbeatMillis,
        electionTimeoutMillis,
        newSnapshotCount,
        maxBatchCommands,
        maxBatchBytes,
        maxPendingProposals,
        maxPendingBytes);
  }

  public RaftSettings withBatches(int newMaxCommands, int newMaxBytes) {
    return new RaftSettings(
        heartbeatMillis,
        electionTimeoutMillis,
        snapshotCount,
        newMaxCommands,
        newMaxBytes,
        maxPendingProposals,
        maxPendingBytes);
  }

  public RaftSettings withPending(int newMaxProposals, long newMaxBytes) {
    return new RaftSettings(
        heartbeatMillis,
        electionTimeoutMillis,
        snapshotCount,
        maxBatchCommands,
        maxBatchBytes,
        newMaxProposals,
        newMaxBytes);
  }

  /**
   * Entries between two snapshots of the engine. Its entries are batches and its snapshots are free
   * markers, so that there are more of them than a user who counts single commands asks for.
   */
  int entriesPerSnapshot() {
    return (int) Math.min(snapshotCount, MOST_ENTRIES_PER_SNAPSHOT);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, but is " + value);
    }
  }
}
