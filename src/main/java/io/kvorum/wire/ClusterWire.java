package io.kvorum.wire;

import io.kvorum.model.ClusterMember;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberAddResponse;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.proto.etcdserverpb.MemberPromoteResponse;
import io.kvorum.proto.etcdserverpb.MemberRemoveResponse;
import io.kvorum.proto.etcdserverpb.MemberUpdateResponse;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Header;
import java.util.List;

/**
 * Makes the responses of the Cluster service; each takes a header without a revision. Stateless.
 */
public final class ClusterWire {
  private ClusterWire() {}

  public static MemberAddResponse added(Header header, ClusterService.Added added) {
    return MemberAddResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setMember(member(added.member()))
        .addAllMembers(members(added.members()))
        .build();
  }

  public static MemberRemoveResponse removed(Header header, List<ClusterMember> members) {
    return MemberRemoveResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .addAllMembers(members(members))
        .build();
  }

  public static MemberUpdateResponse updated(Header header, List<ClusterMember> members) {
    return MemberUpdateResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .addAllMembers(members(members))
        .build();
  }

  public static MemberPromoteResponse promoted(Header header, List<ClusterMember> members) {
    return MemberPromoteResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .addAllMembers(members(members))
        .build();
  }

  public static MemberListResponse listed(Header header, List<ClusterMember> members) {
    return MemberListResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .addAllMembers(members(members))
        .build();
  }

  private static List<Member> members(List<ClusterMember> members) {
    return members.stream().map(ClusterWire::member).toList();
  }

  private static Member member(ClusterMember member) {
    return Member.newBuilder()
        .setID(member.id())
        .setName(member.name())
        .addAllPeerURLs(member.peerUrls())
        .addAllClientURLs(member.clientUrls())
        .setIsLearner(member.isLearner())
        .build();
  }
}
