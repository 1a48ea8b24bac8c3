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

  private static final List<Command> COMMANDS =
      List.of(
          Command.Put.of(Bytes.utf8("a"), Bytes.utf8("1")),
          Command.Put.of(Bytes.utf8("b"), Bytes.EMPTY));

  @Test
  void anEntryComesBackWithItsPartsAndItsCommittedIndex() {
    byte[] encoded = new PutCodec().encode(COMMANDS);
    byte[] payload =
        entries.encode(
            1L << 40,
            List.of(
                EntryPart.encoded(-5, 9, 2, encoded), EntryPart.encoded(6, 1L << 50, 2, encoded)));
    List<EntryPart> parts = entries.decode(payload);
    assertThat(parts).extracting(EntryPart::origin).containsExactly(-5L, 6L);
    assertThat(parts).extracting(EntryPart::sequence).containsExactly(9L, 1L << 50);
    for (EntryPart part : parts) {
      assertThat(part.commands(new PutCodec())).isEqualTo(COMMANDS);
    }
    assertThat(entries.committedIndex(payload)).isEqualTo(1L << 40);
    assertThat(entries.isGroup(payload)).isFalse();
  }

  @Test
  void anEntryOfAMemberThatKnewNoOthersIsRead() {
    byte[] body = new PutCodec().encode(COMMANDS);
    byte[] payload = new byte[10 + body.length];
    payload[0] = 1;
    payload[1] = 1;
    payload[9] = 3;
    System.arraycopy(body, 0, payload, 10, body.length);
    assertThat(entries.committedIndex(payload)).isEqualTo(3);
    assertThat(entries.decode(payload)).hasSize(1);
    assertThat(entries.decode(payload).get(0).commands(new PutCodec())).isEqualTo(COMMANDS);
  }

  @Test
  void aBatchThatHoldsAnotherNumberOfCommandsThanItSaysIsRefused() {
    EntryPart part = EntryPart.encoded(1, 1, 3, new PutCodec().encode(COMMANDS));
    assertThatThrownBy(() -> part.commands(new PutCodec()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aChangeOfTheGroupComesBackAsAnEntryAndAsWhatTheStateRemembers() {
    MemberEndpoint comer = new MemberEndpoint(-1);
    List<MemberEndpoint> voters = List.of(comer, new MemberEndpoint(2));
    GroupChange change = new GroupChange(comer, true, voters);
    byte[] payload = entries.encodeGroup(change);
    assertThat(entries.isGroup(payload)).isTrue();
    assertThat(entries.decodeGroup(payload)).isEqualTo(change);
    assertThatThrownBy(() -> entries.decode(payload)).isInstanceOf(IllegalArgumentException.class);
    byte[] remembered = GroupCodec.encode(new GroupCodec.Group(12, voters));
    assertThat(GroupCodec.decodeGroup(remembered))
        .isEqualTo(new GroupCodec.Group(12, List.of(new MemberEndpoint(2), comer)));
  }

  @Test
  void anEntryWithoutCommandsIsTenBytes() {
    byte[] payload = entries.encode(7, List.of());
    assertThat(payload).containsExactly(2, 0, 0, 0, 0, 0, 0, 0, 0, 7);
    assertThat(entries.decode(payload)).isEmpty();
  }

  @Test
  void anEntryOfAnotherVersionOrKindOrCutShortIsRefused() {
    byte[] payload = entries.encode(7, List.of());
    byte[] otherVersion = payload.clone();
    otherVersion[0] = 3;
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
