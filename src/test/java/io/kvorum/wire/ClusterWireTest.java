package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ClusterMember;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberAddResponse;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Header;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The answers about members. */
class ClusterWireTest {
  @Test
  void aMemberKeepsAllThatIsKnownOfItInEveryAnswer() {
    ClusterMember member =
        new ClusterMember(-3, "m0", List.of("http://p"), List.of("http://c"), true);
    List<ClusterMember> all = List.of(member);
    Header header = new Header(7, 8, 0, 10);
    Member expected =
        Member.newBuilder()
            .setID(-3)
            .setName("m0")
            .addPeerURLs("http://p")
            .addClientURLs("http://c")
            .setIsLearner(true)
            .build();
    assertThat(ClusterWire.listed(header, all).getMembersList()).containsExactly(expected);
    assertThat(ClusterWire.removed(header, all).getMembersList()).containsExactly(expected);
    assertThat(ClusterWire.updated(header, all).getMembersList()).containsExactly(expected);
    assertThat(ClusterWire.promoted(header, all).getMembersList()).containsExactly(expected);
    MemberAddResponse added =
        ClusterWire.added(header, new ClusterService.Added(member, List.of(member, member)));
    assertThat(added.getMember()).isEqualTo(expected);
    assertThat(added.getMembersList()).containsExactly(expected, expected);
    assertThat(added.getHeader()).isEqualTo(HeaderWire.header(header));
  }
}
