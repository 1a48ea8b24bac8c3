package io.kvorum.consensus;

/**
 * Describes where consensus stands on this member. Immutable.
 *
 * @param leaderId the leader as far as this member knows; 0 if there is none
 * @param pendingProposals proposals that have been taken and are not answered yet
 * @param lateReads read barriers that timed out, over all
 * @param failedReads read barriers that failed for another reason, over all
 * @param leaderChanges how often another member became the leader since the start
 */
public record ConsensusStatus(
    long term,
    long leaderId,
    boolean isLeader,
    long committedIndex,
    long appliedIndex,
    long pendingProposals,
    long failedProposals,
    long lateReads,
    long failedReads,
    long leaderChanges) {
  public boolean hasLeader() {
    return leaderId != 0;
  }
}
