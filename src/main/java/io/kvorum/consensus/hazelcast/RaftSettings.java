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
 * @param keptForOthersBytes how much of the log is kept for members that are behind; who lacks more
 *     pulls the state
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

  /** How long a request may wait, as etcd's: time for the disk, and for two elections. */
  long patienceMillis() {
    return 5_000 + 2 * electionTimeoutMillis;
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
