package io.kvorum.consensus;

/**
 * Configures consensus. Immutable.
 *
 * @param heartbeatMillis heartbeat interval
 * @param electionTimeoutMillis election timeout
 * @param snapshotCount entries after which the log may be cut; see {@link #entriesPerSnapshot}
 * @param maxBatchCommands most commands per log entry
 * @param maxBatchBytes most bytes per log entry; a larger command gets an entry of its own
 * @param maxPendingProposals most unanswered proposals; more are rejected
 * @param maxPendingBytes most bytes of unanswered proposals; more are rejected
 * @param keptForOthersBytes how much of the log is kept for members that are behind; a member that
 *     lacks more fetches a snapshot
 */
public record RaftSettings(
    long heartbeatMillis,
    long electionTimeoutMillis,
    long snapshotCount,
    int maxBatchCommands,
    int maxBatchBytes,
    int maxPendingProposals,
    long maxPendingBytes,
    long keptForOthersBytes) {

  private static final int MOST_ENTRIES_PER_SNAPSHOT = 1_000;

  public RaftSettings {
    requirePositive("heartbeatMillis", heartbeatMillis);
    requirePositive("electionTimeoutMillis", electionTimeoutMillis);
    requirePositive("snapshotCount", snapshotCount);
    requirePositive("maxBatchCommands", maxBatchCommands);
    requirePositive("maxBatchBytes", maxBatchBytes);
    requirePositive("maxPendingProposals", maxPendingProposals);
    requirePositive("maxPendingBytes", maxPendingBytes);
    requirePositive("keptForOthersBytes", keptForOthersBytes);
  }

  public static RaftSettings defaults() {
    return new RaftSettings(100, 1_000, 10_000, 512, 256 << 10, 10_000, 64L << 20, 256L << 20);
  }

  public RaftSettings withTimeouts(long newHeartbeatMillis, long newElectionTimeoutMillis) {
    return new RaftSettings(
        newHeartbeatMillis,
        newElectionTimeoutMillis,
        snapshotCount,
        maxBatchCommands,
        maxBatchBytes,
        maxPendingProposals,
        maxPendingBytes,
        keptForOthersBytes);
  }

  public RaftSettings withSnapshotCount(long newSnapshotCount) {
    return new RaftSettings(
        heartbeatMillis,
        electionTimeoutMillis,
        newSnapshotCount,
        maxBatchCommands,
        maxBatchBytes,
        maxPendingProposals,
        maxPendingBytes,
        keptForOthersBytes);
  }

  public RaftSettings withBatches(int newMaxCommands, int newMaxBytes) {
    return new RaftSettings(
        heartbeatMillis,
        electionTimeoutMillis,
        snapshotCount,
        newMaxCommands,
        newMaxBytes,
        maxPendingProposals,
        maxPendingBytes,
        keptForOthersBytes);
  }

  public RaftSettings withPending(int newMaxProposals, long newMaxBytes) {
    return new RaftSettings(
        heartbeatMillis,
        electionTimeoutMillis,
        snapshotCount,
        maxBatchCommands,
        maxBatchBytes,
        newMaxProposals,
        newMaxBytes,
        keptForOthersBytes);
  }

  public RaftSettings withKeptForOthers(long newKeptForOthersBytes) {
    return new RaftSettings(
        heartbeatMillis,
        electionTimeoutMillis,
        snapshotCount,
        maxBatchCommands,
        maxBatchBytes,
        maxPendingProposals,
        maxPendingBytes,
        newKeptForOthersBytes);
  }

  /** How long a request may wait, as in etcd: time for the disk, and for two elections. */
  public long patienceMillis() {
    return 5_000 + 2 * electionTimeoutMillis;
  }

  /**
   * Entries between two of Hazelcast's snapshots. Entries are batches and these snapshots are
   * markers that cost nothing, so there are more of them than {@link #snapshotCount}, which counts
   * commands, asks for.
   */
  public int entriesPerSnapshot() {
    return (int) Math.min(snapshotCount, MOST_ENTRIES_PER_SNAPSHOT);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, but is " + value);
    }
  }
}
