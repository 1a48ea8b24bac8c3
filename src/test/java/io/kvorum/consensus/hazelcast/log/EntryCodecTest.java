package io.kvorum.consensus.hazelcast.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.sim.PutCodec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EntryCodecTest {
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
                EntryCodec.Part.encoded(-5, 9, 2, encoded),
                EntryCodec.Part.encoded(6, 1L << 50, 2, encoded)));
    List<EntryCodec.Part> parts = entries.decode(payload);
    assertThat(parts).extracting(EntryCodec.Part::origin).containsExactly(-5L, 6L);
    assertThat(parts).extracting(EntryCodec.Part::sequence).containsExactly(9L, 1L << 50);
    for (EntryCodec.Part part : parts) {
      assertThat(part.commands(new PutCodec())).isEqualTo(COMMANDS);
    }
    assertThat(entries.committedIndex(payload)).isEqualTo(1L << 40);
    assertThat(entries.isVoters(payload)).isFalse();
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
    EntryCodec.Part part = EntryCodec.Part.encoded(1, 1, 3, new PutCodec().encode(COMMANDS));
    assertThatThrownBy(() -> part.commands(new PutCodec()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aChangeOfTheVotersComesBackAndIsNoEntryOfCommands() {
    VoterGroup.Change change = new VoterGroup.Change(-1, true, List.of(-1L, 2L));
    byte[] payload = entries.encodeVoters(change);
    assertThat(entries.isVoters(payload)).isTrue();
    assertThat(entries.decodeVoters(payload)).isEqualTo(change);
    assertThatThrownBy(() -> entries.decode(payload)).isInstanceOf(IllegalArgumentException.class);
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
}
