package io.kvorum.consensus;

/**
 * Where consensus stands on this member.
 *
 * @param leaderId the member that leads as far as this one knows; 0 if there is none
 * @param pendingProposals proposals that have been taken and not answered yet
 * @param leaderChanges how often a new leader was seen since the start
 */
public record ConsensusStatus(
    long term,
    long leaderId,
    boolean isLeader,
    long committedIndex,
    long appliedIndex,
    long pendingProposals,
    long failedProposals,
    long leaderChanges) {
  public boolean hasLeader() {
    return leaderId != 0;
  }
}
