package io.kvorum.consensus.hazelcast;

import com.hazelcast.config.cp.RaftAlgorithmConfig;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the Raft engine for this member, new or where its log ends. */
final class NodeFactory {
  private static final int MOST_UNCOMMITTED_ENTRIES = 5_000;
  private static final int MOST_ENTRIES_PER_APPEND = 500;

  private final RaftIdentity identity;
  private final RaftSettings settings;
  private final HazelcastIntegration integration;
  private final RaftLogStore store;

  NodeFactory(
      RaftIdentity identity,
      RaftSettings settings,
      HazelcastIntegration integration,
      RaftLogStore store) {
    this.identity = identity;
    this.settings = settings;
    this.integration = integration;
    this.store = store;
  }

  /**
   * @param recovery what the log held, all of it replayed up to its committed index; null if it is
   *     new
   */
  RaftNodeImpl make(@Nullable LogRecovery recovery) throws IOException {
    MonotonicClock.install();
    if (recovery != null) {
      store.holds(recovery.log());
      return RaftNodeImpl.restoreRaftNode(
          RaftGroup.KVORUM,
          recovery.engineState(),
          algorithm(recovery.undecidedCount()),
          integration,
          store);
    }
    if (identity.initialMembers().isEmpty()) {
      throw new IOException("a member that joins must have pulled the state first");
    }
    List<RaftEndpoint> members =
        identity.initialMembers().stream()
            .sorted(Long::compareUnsigned)
            .<RaftEndpoint>map(MemberEndpoint::new)
            .toList();
    MemberEndpoint self = new MemberEndpoint(identity.memberId());
    return RaftNodeImpl.newRaftNode(
        RaftGroup.KVORUM, self, members, algorithm(0), integration, store);
  }

  /**
   * @param undecided what the log must have room for: it holds what may be uncommitted, and what
   *     gathers between two snapshots
   */
  private RaftAlgorithmConfig algorithm(int undecided) {
    long heartbeat = settings.heartbeatMillis();
    long election = settings.electionTimeoutMillis();
    return new RaftAlgorithmConfig()
        .setLeaderHeartbeatPeriodInMillis(heartbeat)
        .setLeaderElectionTimeoutInMillis(election)
        .setMaxMissedLeaderHeartbeatCount((int) Math.max(1, (election + heartbeat - 1) / heartbeat))
        .setAppendRequestMaxEntryCount(MOST_ENTRIES_PER_APPEND)
        .setUncommittedEntryCountToRejectNewAppends(Math.max(MOST_UNCOMMITTED_ENTRIES, undecided))
        .setCommitIndexAdvanceCountToSnapshot(settings.entriesPerSnapshot());
  }
}
