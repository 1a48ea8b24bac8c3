package io.kvorum.consensus.hazelcast.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VoterGroupTest {
  private static final long LARGE = 0x8e9e05c52164694dL;

  @Test
  void aGroupComesBackInAscendingOrder() {
    VoterGroup group = new VoterGroup(12, List.of(-1L, 2L));
    assertThat(VoterGroup.decode(group.encode())).isEqualTo(group);
    assertThat(group.voters()).containsExactly(2L, -1L);
    assertThat(group.encode())
        .containsExactly(
            1, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, -1, -1, -1, -1, -1, -1,
            -1, -1);
  }

  @Test
  void aChangeComesBackAlsoAsHazelcastsCommand() {
    VoterGroup.Change change = new VoterGroup.Change(LARGE, false, List.of(3L, -1L));
    assertThat(VoterGroup.Change.decode(change.encode())).isEqualTo(change);
    assertThat(VoterGroup.Change.of(change.toCommand())).isEqualTo(change);
  }

  @Test
  void aMemberRecordComesBackWhateverTheIds() {
    VoterGroup.MemberRecord members = new VoterGroup.MemberRecord(LARGE, List.of(-1L, LARGE, 3L));
    assertThat(VoterGroup.MemberRecord.decode(members.encode())).isEqualTo(members);
    assertThat(members.initial()).containsExactly(3L, LARGE, -1L);
  }

  @Test
  void whatIsCutShortOrOfAnotherVersionIsRefused() {
    byte[] group = new VoterGroup(12, List.of(1L)).encode();
    byte[] change = new VoterGroup.Change(1, true, List.of(1L)).encode();
    byte[] members = new VoterGroup.MemberRecord(1, List.of(1L)).encode();
    assertThatThrownBy(() -> VoterGroup.decode(broken(group)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> VoterGroup.Change.decode(broken(change)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> VoterGroup.MemberRecord.decode(broken(members)))
        .isInstanceOf(IllegalArgumentException.class);
    group[0] = 2;
    assertThatThrownBy(() -> VoterGroup.decode(group)).isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] broken(byte[] bytes) {
    return Arrays.copyOf(bytes, bytes.length - 1);
  }

  @Test
  void aVoteComesBackWhateverTheId() {
    for (long id : new long[] {1, -1, Long.MIN_VALUE, LARGE}) {
      assertThat(MemberEndpoint.parse(new MemberEndpoint(id).text()).id()).isEqualTo(id);
    }
  }
}
