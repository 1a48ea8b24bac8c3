package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.sim.PutCodec;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A log of which less is known to be committed than the engine's memory usually has room for. */
class LongLogTest {
  private static final Set<Long> FOUNDERS = Set.of(1L, 2L, 3L);
  private static final int ENTRIES = 9_000;

  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();

  private void write() throws IOException {
    EntryCodec codec = new EntryCodec(new PutCodec());
    InMemoryWal log = new InMemoryWal(disk);
    log.open();
    List<MemberEndpoint> members =
        List.of(new MemberEndpoint(1), new MemberEndpoint(2), new MemberEndpoint(3));
    log.saveMembers(MembersCodec.encode(members.get(0), members));
    log.saveTerm(1, null);
    for (long index = 1; index <= ENTRIES; index++) {
      log.append(new WriteAheadLog.Entry(index, 1, codec.encode(0, List.of())));
    }
    log.flush();
    log.close();
  }

  @Test
  void aMemberStartsHoweverMuchOfItsLogIsUndecidedAndAppliesItOnceItIs() throws IOException {
    write();
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
}
