package io.kvorum.peer;

import io.kvorum.model.ClusterMember;
import io.kvorum.proto.peer.DescribeResponse;
import io.kvorum.proto.peer.Member;

/** Members, and the description of a cluster, in the form in which they travel. */
final class MemberRecords {
  private MemberRecords() {}

  static Member encode(ClusterMember member) {
    return Member.newBuilder()
        .setId(member.id())
        .setName(member.name())
        .addAllPeerUrl(member.peerUrls())
        .addAllClientUrl(member.clientUrls())
        .setIsLearner(member.isLearner())
        .build();
  }

  static ClusterMember decode(Member member) {
    return new ClusterMember(
        member.getId(),
        member.getName(),
        member.getPeerUrlList(),
        member.getClientUrlList(),
        member.getIsLearner());
  }

  static DescribeResponse encode(ClusterDescription description) {
    return DescribeResponse.newBuilder()
        .setClusterId(description.clusterId())
        .setMemberId(description.memberId())
        .setLeaderId(description.leaderId())
        .setTerm(description.term())
        .addAllMember(description.members().stream().map(MemberRecords::encode).toList())
        .setVersion(description.version())
        .build();
  }

  static ClusterDescription decode(DescribeResponse response) {
    return new ClusterDescription(
        response.getClusterId(),
        response.getMemberId(),
        response.getLeaderId(),
        response.getTerm(),
        response.getMemberList().stream().map(MemberRecords::decode).toList(),
        response.getVersion());
  }
}
