package io.kvorum.consensus.hazelcast.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RestoredRaftState;
import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.log.LogRecovery;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import io.kvorum.consensus.hazelcast.log.VoterGroup;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.sim.CrashPoint;
import io.kvorum.sim.PutCodec;
import io.kvorum.sim.RecordingState;
import io.kvorum.sim.SimulatedRunner;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a restart makes of a log that others have a say in. */
class LogRecoveryTest {
  private final EntryCodec codec = new EntryCodec(new PutCodec());
  private final RaftIdentity identity = RaftIdentity.of(1, Set.of(1L, 2L, 3L));
  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();
  private final RecordingState state =
      new RecordingState(new RecordingState.Disk(), new CrashPoint());

  @BeforeEach
  void aLogOfTenEntriesWhoseLeaderKnewSixToBeCommitted() throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    log.open();
    log.saveMembers(new VoterGroup.MemberRecord(1, List.of(1L, 2L, 3L)).encode());
    log.saveTerm(4, "2");
    Command command = Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v"));
    for (long index = 1; index <= 10; index++) {
      byte[] payload = codec.encode(Math.max(0, index - 4), parts(command));
      log.append(new WriteAheadLog.Entry(index, index < 8 ? 3 : 4, payload));
    }
    log.flush();
    log.close();
  }

  private static List<EntryCodec.Part> parts(Command command) {
    byte[] encoded = new PutCodec().encode(List.of(command));
    return List.of(EntryCodec.Part.encoded(7, 1, 1, encoded));
  }

  private void addGroupChange(long index) throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    log.open();
    VoterGroup.Change change = new VoterGroup.Change(3, false, List.of(1L, 2L));
    log.append(new WriteAheadLog.Entry(index, 4, codec.encodeVoters(change)));
    log.flush();
    log.close();
  }

  @Test
  void aLogThatEndsWithChangesOfTheGroupKnowsWhatTheEntryBeforeThemKnew() throws IOException {
    addGroupChange(11);
    assertThat(recovery().committedIndex()).isEqualTo(6);
    addGroupChange(12);
    assertThat(recovery().committedIndex()).isEqualTo(6);
    assertThat(recovery().restoredState().entries()).hasSize(6);
  }

  private LogRecovery recovery() throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    RaftPorts ports = RaftPorts.sole(1, log, state, new PutCodec());
    LogRecovery recovery = LogRecovery.of(identity, ports, codec, log.open());
    assertThat(recovery).isNotNull();
    return recovery;
  }

  @Test
  void whatTheLastEntryNamesAsCommittedIsReplayedAtOnce() throws IOException {
    assertThat(recovery().firstToReplay()).isEqualTo(1);
    assertThat(recovery().committedIndex()).isEqualTo(6);
  }

  @Test
  void theRestIsLeftToHazelcastWithoutItsBytes() throws IOException {
    RestoredRaftState restored = recovery().restoredState();
    assertThat(restored.term()).isEqualTo(4);
    assertThat(restored.votedFor()).isEqualTo(new MemberEndpoint(2));
    assertThat(restored.initialMembers()).hasSize(3);
    assertThat(restored.snapshot().index()).isEqualTo(6);
    assertThat(restored.snapshot().term()).isEqualTo(3);
    assertThat(restored.entries()).extracting(LogEntry::index).containsExactly(7L, 8L, 9L, 10L);
    assertThat(restored.entries()).extracting(LogEntry::term).containsExactly(3, 4, 4, 4);
    for (LogEntry entry : restored.entries()) {
      assertThat(((LogOperation) entry.operation()).partsAtHand()).isNull();
    }
  }

  @Test
  void anOperationThatWasLeftInTheLogIsReadFromItWhenItIsApplied() throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    log.open();
    entriesOn(log).apply(1, 3, LogOperation.stored());
    assertThat(state.entries().get(0).commands()).hasSize(1);
  }

  @Test
  void anAppliedOperationHoldsNeitherCommandsNorBytes() throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    log.open();
    List<EntryCodec.Part> parts = parts(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
    LogOperation operation = LogOperation.made(parts, codec.encode(0, parts));
    entriesOn(log).apply(1, 3, operation);
    assertThat(operation.partsAtHand()).isNull();
    assertThat(operation).hasToString("operation in the log");
    assertThat(operation.payload(1, log)).isEqualTo(log.read(1).payload());
  }

  private CommittedEntries entriesOn(InMemoryWal log) {
    RaftPorts ports = RaftPorts.sole(1, log, state, new PutCodec());
    RaftSettings settings = RaftSettings.defaults();
    ProposalQueue proposals = new ProposalQueue(settings);
    FailureLatch failure = new FailureLatch();
    ReadIndex reads = new ReadIndex(8, ports.transport(), failure, new SimulatedRunner(), settings);
    return new CommittedEntries(
        1,
        ports,
        codec,
        failure,
        new PendingBatches(8, proposals, ports.codec(), ports.transport()),
        new PublishedStatus(proposals, reads));
  }
}
