package io.kvorum.peer.grpc.wire;

import io.kvorum.model.ClusterMember;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.proto.peer.DescribeResponse;
import io.kvorum.proto.peer.Member;

/**
 * Converts members and the description of a cluster to and from protobuf. Stateless.
 *
 * <p>Held by: RemoteLeaderTest.
 */
public final class MemberRecords {
  private MemberRecords() {}

  /** Encodes one member. */
  public static Member encode(ClusterMember member) {
    return Member.newBuilder()
        .setId(member.id())
        .setName(member.name())
        .addAllPeerUrl(member.peerUrls())
        .addAllClientUrl(member.clientUrls())
        .setIsLearner(member.isLearner())
        .build();
  }

  /** Decodes one member. */
  public static ClusterMember decode(Member member) {
    return new ClusterMember(
        member.getId(),
        member.getName(),
        member.getPeerUrlList(),
        member.getClientUrlList(),
        member.getIsLearner());
  }

  /** Encodes a description of a cluster. */
  public static DescribeResponse encode(ClusterDescription description) {
    return DescribeResponse.newBuilder()
        .setClusterId(description.clusterId())
        .setMemberId(description.memberId())
        .setLeaderId(description.leaderId())
        .setTerm(description.term())
        .addAllMember(description.members().stream().map(MemberRecords::encode).toList())
        .setVersion(description.version())
        .build();
  }

  /** Decodes a description of a cluster. */
  public static ClusterDescription decode(DescribeResponse response) {
    return new ClusterDescription(
        response.getClusterId(),
        response.getMemberId(),
        response.getLeaderId(),
        response.getTerm(),
        response.getMemberList().stream().map(MemberRecords::decode).toList(),
        response.getVersion());
  }
}
