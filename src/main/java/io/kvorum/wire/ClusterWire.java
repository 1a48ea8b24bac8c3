package io.kvorum.wire;

import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Header;
import java.util.List;

/** The Cluster service's responses; their headers carry no revision. Stateless. */
public final class ClusterWire {
  private ClusterWire() {}

  /**
   * @param header one without a revision
   */
  public static MemberListResponse response(Header header, List<ClusterService.Member> members) {
    MemberListResponse.Builder response =
        MemberListResponse.newBuilder().setHeader(HeaderWire.header(header));
    for (ClusterService.Member member : members) {
      response.addMembers(member(member));
    }
    return response.build();
  }

  private static Member member(ClusterService.Member member) {
    return Member.newBuilder()
        .setID(member.id())
        .setName(member.name())
        .addAllPeerURLs(member.peerUrls())
        .addAllClientURLs(member.clientUrls())
        .setIsLearner(member.isLearner())
        .build();
  }
}
