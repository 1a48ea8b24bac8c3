package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.PeerMessage.AppendSuccess;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import io.kvorum.sim.PutCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A member to which three entries of term 3 are committed, and leaders of later terms. */
class DivergedLeaderTest {
  private static final long LEADER = 2;

  private final EntryCodec codec = new EntryCodec(new PutCodec());
  private DrivenMember member;

  @BeforeEach
  void follow() {
    member = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L));
    member.hear(LEADER, new Append(3, 0, 0, 3, entries(1, 3, 3), 0, 1));
    assertThat(member.sentTo(LEADER, AppendSuccess.class)).hasSize(1);
  }

  @AfterEach
  void stop() {
    member.close();
  }

  private List<WriteAheadLog.Entry> entries(long from, long to, int term) {
    List<WriteAheadLog.Entry> entries = new ArrayList<>();
    for (long index = from; index <= to; index++) {
      entries.add(new WriteAheadLog.Entry(index, term, codec.encode(0, List.of())));
    }
    return entries;
  }

  private void assertStopped(long index, int leaderTerm, int term) {
    assertThat(member.sentTo(LEADER, AppendSuccess.class)).isEmpty();
    assertThat(member.failures)
        .singleElement()
        .isInstanceOf(IOException.class)
        .extracting(Throwable::getMessage)
        .asString()
        .startsWith(
            "entry %d is committed here with term 3, but member %s, which leads term %d, has it with term %d"
                .formatted(index, new MemberEndpoint(LEADER), leaderTerm, term));
  }

  @Test
  void otherEntriesInPlaceOfCommittedOnesStopTheMember() {
    List<WriteAheadLog.Entry> others = new ArrayList<>(entries(1, 1, 3));
    others.addAll(entries(2, 4, 5));
    member.hear(LEADER, new Append(6, 0, 0, 4, others, 0, 1));
    assertStopped(3, 6, 5);
  }

  @Test
  void fewerEntriesThanAreCommittedStopTheMemberIfTheyAreOthers() {
    member.hear(LEADER, new Append(6, 3, 1, 2, entries(2, 2, 5), 0, 1));
    assertStopped(2, 6, 5);
  }

  @Test
  void anotherEntryBeforeTheNewOnesStopsTheMember() {
    member.hear(LEADER, new Append(6, 5, 3, 3, List.of(), 0, 1));
    assertStopped(3, 6, 5);
  }

  @Test
  void theSameEntriesOnceMoreAreAcknowledged() {
    List<WriteAheadLog.Entry> more = new ArrayList<>(entries(1, 3, 3));
    more.addAll(entries(4, 4, 5));
    member.hear(LEADER, new Append(6, 0, 0, 4, more, 0, 1));
    assertThat(member.failures).isEmpty();
    assertThat(member.sentTo(LEADER, AppendSuccess.class))
        .singleElement()
        .extracting(AppendSuccess::lastIndex)
        .isEqualTo(4L);
  }

  @Test
  void anEarlierLeaderWithOtherEntriesIsOnlyRefused() {
    member.hear(LEADER, new Append(2, 0, 0, 3, entries(1, 3, 2), 0, 1));
    assertThat(member.failures).isEmpty();
    assertThat(member.sentTo(LEADER, AppendSuccess.class)).isEmpty();
  }
}
