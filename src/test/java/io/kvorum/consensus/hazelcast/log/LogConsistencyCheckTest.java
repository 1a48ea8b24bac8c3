package io.kvorum.consensus.hazelcast.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.StateMachine.DurableState;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.sim.PutCodec;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Row by row what {@link LogConsistencyCheck} says of itself. */
class LogConsistencyCheckTest {
  private static final DurableState NEW = new DurableState(0, 0, false, null);
  private static final RaftIdentity FOUNDER = RaftIdentity.of(1, Set.of(1L, 2L, 3L));
  private static final RaftIdentity MEMBER = new RaftIdentity(1, Set.of(), false, false);

  private final EntryCodec codec = new EntryCodec(new PutCodec());
  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();

  private static DurableState installed(long index) {
    return new DurableState(index, 3, true, null);
  }

  private static DurableState fromTheLog(long index) {
    return new DurableState(index, 3, false, null);
  }

  /** A log of member 1, of entries in term 3. */
  private void writeLog(long first, long last) throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    log.open();
    log.saveMembers(new VoterGroup.MemberRecord(1, List.of(1L)).encode());
    log.saveTerm(4, "2");
    if (first > 1) {
      log.reset(first - 1, 3);
    }
    for (long index = first; index <= last; index++) {
      log.append(new WriteAheadLog.Entry(index, 3, new byte[] {1}));
    }
    log.flush();
    log.close();
  }

  private WriteAheadLog.Recovered fitted(RaftIdentity identity, DurableState state)
      throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    WriteAheadLog.Recovered opened = log.open();
    WriteAheadLog.Recovered fitted =
        new LogConsistencyCheck(identity, log, codec, state).fitted(opened);
    log.close();
    return fitted;
  }

  private void refuses(RaftIdentity identity, DurableState state, String reason)
      throws IOException {
    WriteAheadLog.Recovered before = new InMemoryWal(disk).open();
    assertThatThrownBy(() -> fitted(identity, state))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
    assertThat(new InMemoryWal(disk).open()).usingRecursiveComparison().isEqualTo(before);
  }

  @Test
  void aNewLogAndANewStateFit() throws IOException {
    assertThat(fitted(FOUNDER, NEW)).isNull();
  }

  @Test
  void aNewLogUnderAStateThatWasMadeFromALogIsALostOne() throws IOException {
    refuses(MEMBER, fromTheLog(7), "the log was lost");
  }

  @Test
  void theNewLogOfAMemberThatJoinsGoesOnAfterTheStateThatItPulled() throws IOException {
    WriteAheadLog.Recovered fitted = fitted(RaftIdentity.joining(1), installed(7));
    assertThat(fitted.firstIndex()).isEqualTo(8);
    assertThat(fitted.lastIndex()).isEqualTo(7);
    assertThat(fitted.lastDiscardedTerm()).isEqualTo(3);
    assertThat(fitted.members()).isNotNull();
  }

  @Test
  void aNewLogUnderAnInstalledStateOfAMemberThatHasTakenPartIsALostOne() throws IOException {
    refuses(MEMBER, installed(7), "the log was lost");
  }

  @Test
  void theLogOfAnotherMemberIsRefused() throws IOException {
    writeLog(1, 9);
    refuses(RaftIdentity.of(2, Set.of(2L)), fromTheLog(7), "belongs to member");
  }

  @Test
  void aLogThatLacksTheEntryOfAnInstalledStateGoesOnAfterItAndKeepsItsVote() throws IOException {
    writeLog(1, 5);
    WriteAheadLog.Recovered fitted = fitted(MEMBER, installed(7));
    assertThat(fitted.firstIndex()).isEqualTo(8);
    assertThat(fitted.lastIndex()).isEqualTo(7);
    assertThat(fitted.term()).isEqualTo(4);
    assertThat(fitted.votedFor()).isEqualTo("2");
  }

  @Test
  void aLogThatEndsBeforeTheStateThatWasMadeFromItIsRefused() throws IOException {
    writeLog(1, 5);
    refuses(MEMBER, fromTheLog(7), "its end was lost");
  }

  @Test
  void aLogThatBeginsAfterTheStateThatWasMadeFromItIsRefused() throws IOException {
    writeLog(9, 12);
    refuses(MEMBER, fromTheLog(7), "what lies between was lost");
  }

  @Test
  void aLogThatBeginsAfterAStateThatWasInstalledIsRefusedAlsoIfTheMemberJoins() throws IOException {
    writeLog(9, 12);
    refuses(MEMBER, installed(7), "what lies between was lost");
    refuses(RaftIdentity.joining(1), installed(7), "what lies between was lost");
  }

  @Test
  void aLogThatWasOnlyPreparedForAJoinGoesOnAfterAnEarlierStateToo() throws IOException {
    fitted(RaftIdentity.joining(1), installed(9));
    assertThat(fitted(RaftIdentity.joining(1), installed(7)).lastIndex()).isEqualTo(7);
    fitted(RaftIdentity.joining(1), installed(9));
    refuses(MEMBER, installed(7), "what lies between was lost");
  }

  @Test
  void aLogWhoseEntryIsOfAnotherTermThanThatOfAnInstalledStateGoesOnAfterIt() throws IOException {
    writeLog(1, 9);
    assertThat(fitted(MEMBER, new DurableState(7, 4, true, null)).lastIndex()).isEqualTo(7);
  }

  @Test
  void aLogThatHoldsTheEntryOfTheStateIsLeftAsItIs() throws IOException {
    writeLog(1, 9);
    for (DurableState state : List.of(installed(7), fromTheLog(7), fromTheLog(9), NEW)) {
      assertThat(fitted(MEMBER, state).lastIndex()).isEqualTo(9);
    }
  }
}
