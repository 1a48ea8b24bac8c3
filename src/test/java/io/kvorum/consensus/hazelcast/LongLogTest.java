package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.VoterGroup;
import io.kvorum.sim.PutCodec;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A log that is longer than one read of it, and than Hazelcast's log in memory. */
class LongLogTest {
  private static final Set<Long> FOUNDERS = Set.of(1L, 2L, 3L);
  private static final int ENTRIES = 9_000;

  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();

  private final EntryCodec codec = new EntryCodec(new PutCodec());

  /** What an entry is made of. */
  private interface Payloads {
    byte[] of(long index);
  }

  private void write(List<Long> founders, Payloads payloads) throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    log.open();
    log.saveMembers(new VoterGroup.MemberRecord(founders.get(0), founders).encode());
    log.saveTerm(1, null);
    for (long index = 1; index <= ENTRIES; index++) {
      log.append(new WriteAheadLog.Entry(index, 1, payloads.of(index)));
    }
    log.flush();
    log.close();
  }

  private static List<Long> membersUpTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void aMemberStartsHoweverMuchOfItsLogIsUncommittedAndAppliesItOnceItIsCommitted()
      throws IOException {
    write(membersUpTo(3), index -> codec.encode(0, List.of()));
    try (DrivenMember member = DrivenMember.on(disk, RaftSettings.defaults(), FOUNDERS)) {
      assertThat(member.failures).isEmpty();
      assertThat(member.consensus.ready()).isCompleted();
      member.hear(2, new PeerMessage.Append(2, 1, ENTRIES, ENTRIES, List.of(), 0, 1));
      assertThat(member.sentTo(2, PeerMessage.AppendSuccess.class))
          .extracting(PeerMessage.AppendSuccess::lastIndex)
          .containsExactly((long) ENTRIES);
      assertThat(member.consensus.status().appliedIndex()).isEqualTo(ENTRIES);
      assertThat(member.failures).isEmpty();
    }
  }

  @Test
  void whatIsKnownToBeCommittedIsReplayedManyEntriesAtATime() throws IOException {
    long committed = 7_321;
    write(membersUpTo(3), index -> codec.encode(index == ENTRIES ? committed : 0, List.of()));
    try (DrivenMember member = DrivenMember.on(disk, RaftSettings.defaults(), FOUNDERS)) {
      assertThat(member.failures).isEmpty();
      assertThat(member.consensus.status().appliedIndex()).isEqualTo(committed);
      assertThat(member.state.entries()).hasSize((int) committed);
      assertThat(member.logReads).isLessThan(100);
    }
  }

  @Test
  void theReplayOfASoleMemberEndsBeforeTheEntryThatAddsAVoter() throws IOException {
    long joined = 1_234;
    VoterGroup.Change change = new VoterGroup.Change(2, true, membersUpTo(2));
    write(
        membersUpTo(1),
        index -> index == joined ? codec.encodeVoters(change) : codec.encode(0, List.of()));
    try (DrivenMember member = DrivenMember.on(disk, RaftSettings.defaults(), Set.of(1L))) {
      assertThat(member.failures).isEmpty();
      assertThat(member.consensus.ready()).isCompleted();
      assertThat(member.consensus.status().appliedIndex()).isEqualTo(joined - 1);
    }
  }
}
