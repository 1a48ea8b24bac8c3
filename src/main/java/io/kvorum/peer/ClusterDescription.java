package io.kvorum.peer;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import java.util.List;

/**
 * Describes a cluster, as one of its members knows it. Immutable.
 *
 * @param memberId the member that gives the description
 * @param leaderId 0 if the member knows of none
 * @param version of the server
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

  /** Where the leader can be asked, as far as the member that answered knows; empty if not. */
  public List<MemberUrl> urlsOfLeader() {
    try {
      return members.stream()
          .filter(member -> member.id() == leaderId)
          .flatMap(member -> member.peerUrls().stream())
          .map(MemberUrl::parse)
          .toList();
    } catch (IllegalArgumentException malformedUrlOfTheLeader) {
      return List.of();
    }
  }
}
