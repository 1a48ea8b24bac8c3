package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.sim.PutCodec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The durable forms: log entries and the member record. */
class CodecsTest {
  private final EntryCodec entries = new EntryCodec(new PutCodec());

  @Test
  void anEntryComesBackWithItsCommandsAndItsCommittedIndex() {
    List<Command> commands =
        List.of(
            Command.Put.of(Bytes.utf8("a"), Bytes.utf8("1")),
            Command.Put.of(Bytes.utf8("b"), Bytes.EMPTY));
    byte[] payload = entries.encode(1L << 40, commands);
    assertThat(entries.decode(payload)).isEqualTo(commands);
    assertThat(entries.committedIndex(payload)).isEqualTo(1L << 40);
  }

  @Test
  void anEntryWithoutCommandsIsTenBytes() {
    byte[] payload = entries.encode(7, List.of());
    assertThat(payload).containsExactly(1, 0, 0, 0, 0, 0, 0, 0, 0, 7);
    assertThat(entries.decode(payload)).isEmpty();
  }

  @Test
  void anEntryOfAnotherVersionOrKindOrCutShortIsRefused() {
    byte[] payload = entries.encode(7, List.of());
    byte[] otherVersion = payload.clone();
    otherVersion[0] = 2;
    byte[] otherKind = payload.clone();
    otherKind[1] = 5;
    byte[] cutShort = Arrays.copyOf(payload, 4);
    for (byte[] broken : List.of(otherVersion, otherKind, cutShort)) {
      assertThatThrownBy(() -> entries.decode(broken)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void membersComeBackWhateverTheirIds() {
    MemberEndpoint self = new MemberEndpoint(0x8e9e05c52164694dL);
    List<MemberEndpoint> all = List.of(new MemberEndpoint(-1), self, new MemberEndpoint(3));
    byte[] bytes = MembersCodec.encode(self, all);
    assertThat(MembersCodec.decode(bytes).self()).isEqualTo(self);
    assertThat(MembersCodec.decode(bytes).initial()).containsExactlyInAnyOrderElementsOf(all);
    byte[] cutShort = Arrays.copyOf(bytes, bytes.length - 1);
    assertThatThrownBy(() -> MembersCodec.decode(cutShort))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aVoteComesBackWhateverTheId() {
    for (long id : new long[] {1, -1, Long.MIN_VALUE, 0x8e9e05c52164694dL}) {
      assertThat(MemberEndpoint.parse(new MemberEndpoint(id).text()).id()).isEqualTo(id);
    }
  }
}
