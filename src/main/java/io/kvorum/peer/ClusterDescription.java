package io.kvorum.peer;

import io.kvorum.model.ClusterMember;
import java.util.List;

/**
 * Who the cluster is, as one of its members knows it.
 *
 * @param memberId the member that says so
 * @param leaderId 0 if it knows of none
 * @param version of the program
 */
public record ClusterDescription(
    long clusterId,
    long memberId,
    long leaderId,
    long term,
    List<ClusterMember> members,
    String version) {
  public ClusterDescription {
    members = List.copyOf(members);
  }

  /** Whether the member that answered is the leader, whose description is the newest. */
  public boolean isOfLeader() {
    return leaderId == memberId;
  }
}
