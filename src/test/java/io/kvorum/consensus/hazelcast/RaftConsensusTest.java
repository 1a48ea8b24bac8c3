package io.kvorum.consensus.hazelcast;

import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import io.kvorum.sim.CrashPoint;
import io.kvorum.sim.PutCodec;
import io.kvorum.sim.RecordingState;
import io.kvorum.sim.SimulatedMember;
import io.kvorum.sim.SimulatedRunner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Batches, limits, failures and restarts of a group of one, round by round. */
class RaftConsensusTest {
  private static final Logger LOG = Logger.getLogger("io.kvorum.consensus.hazelcast");

  private final InMemoryWal.Disk logDisk = new InMemoryWal.Disk();
  private final RecordingState.Disk stateDisk = new RecordingState.Disk();
  private RaftSettings settings = RaftSettings.defaults();
  private SimulatedMember<RecordingState> member;

  @BeforeAll
  static void expectFailures() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void expectNoMoreFailures() {
    LOG.setLevel(null);
  }

  private void open() {
    member = SimulatedMember.serving(settings, logDisk, stateDisk);
    assertThat(member.failures()).isEmpty();
  }

  private void openAgain() {
    member.end(new Random(1));
    open();
  }

  private static Command put(int valueBytes) {
    return Command.Put.of(Bytes.utf8("k"), Bytes.wrap(new byte[valueBytes]));
  }

  private List<CompletableFuture<Result>> propose(int count, int valueBytes) {
    List<CompletableFuture<Result>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(member.consensus().propose(put(valueBytes)));
    }
    return answers;
  }

  private List<Integer> sizesOfEntries() {
    return member.state().entries().stream().map(entry -> entry.commands().size()).toList();
  }

  @Test
  void aNewTermBeginsWithAnEntryWithoutCommands() {
    open();
    assertThat(sizesOfEntries()).containsExactly(0);
    assertThat(member.consensus().status().appliedIndex()).isEqualTo(1);
    assertThat(member.consensus().ready()).isCompleted();
  }

  @Test
  void proposalsThatWaitTogetherRideInOneEntryAndOneFlush() {
    open();
    long flushes = member.log().flushes();
    List<CompletableFuture<Result>> answers = propose(100, 10);
    assertThat(answers).noneMatch(CompletableFuture::isDone);
    member.runner().runRound();
    assertThat(answers).allMatch(CompletableFuture::isDone);
    assertThat(member.log().flushes()).isEqualTo(flushes + 1);
    assertThat(sizesOfEntries()).containsExactly(0, 100);
  }

  @Test
  void anEntryHoldsNoMoreCommandsThanItMay() {
    settings = settings.withBatches(30, 1 << 20);
    open();
    propose(100, 10);
    member.runner().runUntilIdle();
    assertThat(sizesOfEntries()).containsExactly(0, 30, 30, 30, 10);
  }

  @Test
  void anEntryHoldsNoMoreBytesThanItMayAndALargeCommandRidesAlone() {
    int small = new PutCodec().sizeOf(put(100));
    settings = settings.withBatches(512, 3 * small);
    open();
    propose(4, 100);
    propose(1, 100_000);
    propose(2, 100);
    member.runner().runUntilIdle();
    assertThat(sizesOfEntries()).containsExactly(0, 3, 1, 1, 2);
  }

  @Test
  void tooManyProposalsAreTurnedAwayUntilOthersAreAnswered() {
    settings = settings.withPending(10, 1 << 20);
    open();
    List<CompletableFuture<Result>> answers = propose(12, 1);
    assertThat(answers.subList(0, 10)).noneMatch(CompletableFuture::isDone);
    assertThat(codeOf(answers.get(10))).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
    assertThat(codeOf(answers.get(11))).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
    member.runner().runUntilIdle();
    assertThat(member.state().revision()).isEqualTo(10);
    List<CompletableFuture<Result>> more = propose(10, 1);
    member.runner().runUntilIdle();
    assertThat(more).noneMatch(CompletableFuture::isCompletedExceptionally);
    assertThat(member.consensus().status().pendingProposals()).isZero();
  }

  @Test
  void tooManyBytesAreTurnedAwayButASingleLargeProposalIsNot() {
    settings = settings.withPending(1_000, 1_000);
    open();
    CompletableFuture<Result> large = propose(1, 5_000).get(0);
    assertThat(codeOf(propose(1, 1).get(0))).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
    member.runner().runUntilIdle();
    assertThat(large.join().revision()).isEqualTo(1);
    assertThat(propose(1, 1).get(0)).isNotDone();
  }

  @Test
  void whatIsProposedBeforeItLeadsWaitsForThat() {
    member = SimulatedMember.recording(settings, logDisk, stateDisk);
    CompletableFuture<Result> answer = member.consensus().propose(put(1));
    CompletableFuture<Void> read = member.consensus().readIndex();
    assertThat(member.consensus().ready()).isNotDone();
    member.consensus().start();
    member.runner().runUntilIdle();
    assertThat(answer).isCompleted();
    assertThat(read).isCompleted();
  }

  @Test
  void aFailedFlushStopsTheMemberAndIsNotAcknowledged() {
    open();
    List<CompletableFuture<Result>> inFlight = propose(3, 1);
    member.crashPoint().breakDiskAfter(2);
    member.runner().runRound();
    assertThat(member.crashPoint()).hasToString("flush");
    assertThat(inFlight).allSatisfy(it -> assertThat(codeOf(it)).isEqualTo(ErrorCode.STOPPED));
    assertThat(member.failures()).singleElement().isInstanceOf(IOException.class);
    assertThat(codeOf(member.consensus().propose(put(1)))).isEqualTo(ErrorCode.STOPPED);
    assertThat(codeOf(member.consensus().readIndex())).isEqualTo(ErrorCode.STOPPED);
    assertThat(member.consensus().status().isLeader()).isFalse();
    assertThat(member.runner().runRound()).isFalse();
    member.consensus().close();
    assertThat(member.failures()).hasSize(1);
  }

  @Test
  void aFailedAppendStopsTheMemberAndIsNotAcknowledged() {
    open();
    List<CompletableFuture<Result>> inFlight = propose(3, 1);
    member.crashPoint().breakDiskAfter(0);
    member.runner().runRound();
    assertThat(member.crashPoint()).hasToString("append");
    assertThat(inFlight).allSatisfy(it -> assertThat(codeOf(it)).isEqualTo(ErrorCode.STOPPED));
    assertThat(member.failures()).singleElement().isInstanceOf(IOException.class);
    assertThat(member.consensus().status().failedProposals()).isEqualTo(3);
  }

  @Test
  void aBugInApplyStopsTheMemberAndNamesTheNumbers() {
    open();
    CompletableFuture<Result> answer = propose(1, 1).get(0);
    member.state().makeDurable(1);
    member.state().breakNextApply();
    member.runner().runRound();
    assertThat(codeOf(answer)).isEqualTo(ErrorCode.STOPPED);
    assertThat(member.failures()).singleElement().isInstanceOf(IllegalStateException.class);
    assertThat(member.failures().get(0))
        .hasMessageContaining("applying entry 2 of term 1 with 1 commands failed")
        .hasMessageContaining("broken on purpose");
  }

  @Test
  void anEntryThatCannotBeReadStopsTheMemberAndNamesTheNumbers() {
    open();
    propose(1, 1);
    member.runner().runUntilIdle();
    member.end(new Random(1));
    logDisk.damage(2);
    SimulatedMember<RecordingState> damaged = SimulatedMember.serving(settings, logDisk, stateDisk);
    assertThat(damaged.failures()).singleElement().isInstanceOf(IllegalStateException.class);
    assertThat(damaged.failures().get(0))
        .hasMessageContaining("the log entry 2 of term 1 cannot be read");
  }

  @Test
  void aClosedMemberHasFailedWhatStillWaited() {
    open();
    List<CompletableFuture<Result>> waiting = propose(3, 1);
    member.consensus().close();
    assertThat(waiting).allSatisfy(it -> assertThat(codeOf(it)).isEqualTo(ErrorCode.STOPPED));
    assertThat(member.failures()).isEmpty();
  }

  @Test
  void onlyWhatTheStateLacksIsReplayed() {
    open();
    for (int i = 0; i < 5; i++) {
      propose(1, i);
      member.runner().runUntilIdle();
    }
    member.state().makeDurable(4);
    List<RecordingState.Applied> before = member.state().entries();
    openAgain();
    assertThat(member.state().entries()).startsWith(before.toArray(RecordingState.Applied[]::new));
    assertThat(member.state().entries()).hasSize(before.size() + 1);
    assertThat(member.consensus().status().term()).isEqualTo(2);
  }

  @Test
  void aStateThatIsAheadOfTheLogIsRefused() {
    open();
    propose(1, 1);
    member.runner().runUntilIdle();
    member.state().makeDurable(10);
    InMemoryWal.Disk otherLog = new InMemoryWal.Disk();
    SimulatedMember.serving(settings, otherLog, new RecordingState.Disk());
    assertRefused(otherLog, "the state holds entries up to 2, but the write-ahead log ends at 1");
  }

  @Test
  void aStateWithoutItsLogIsRefused() {
    open();
    member.state().makeDurable(10);
    assertRefused(new InMemoryWal.Disk(), "the write-ahead log is empty, but the state holds");
  }

  @Test
  void aGapBetweenStateAndLogIsRefused() {
    settings = settings.withSnapshotCount(1);
    open();
    for (int i = 0; i < 5; i++) {
      propose(1, i);
      member.state().makeDurable(10);
      member.runner().runUntilIdle();
    }
    stateDisk.entries().subList(2, stateDisk.entries().size()).clear();
    assertRefused(logDisk, "the state holds entries up to 2, but the write-ahead log begins at");
  }

  private void assertRefused(InMemoryWal.Disk log, String message) {
    SimulatedMember<RecordingState> refused = SimulatedMember.serving(settings, log, stateDisk);
    assertThat(refused.failures()).singleElement().isInstanceOf(IOException.class);
    assertThat(refused.failures().get(0)).hasMessageContaining(message);
    assertThat(refused.consensus().ready()).isCompletedExceptionally();
    assertThat(codeOf(refused.consensus().propose(put(1)))).isEqualTo(ErrorCode.STOPPED);
  }

  @Test
  void theLogOfAnotherMemberIsRefused() {
    open();
    List<Throwable> failures = new ArrayList<>();
    SimulatedRunner runner = new SimulatedRunner();
    RaftConsensus other =
        new RaftConsensus(
            RaftIdentity.sole(7),
            settings,
            RaftPorts.sole(
                1,
                new InMemoryWal(logDisk),
                new RecordingState(stateDisk, new CrashPoint()),
                new PutCodec()),
            failures::add,
            runner);
    other.start();
    runner.runRound();
    assertThat(failures).singleElement().isInstanceOf(IOException.class);
    assertThat(failures.get(0)).hasMessageContaining("belongs to member 8e9e05c52164694d");
  }

  @Test
  void theLogIsCutNoFurtherThanTheStateIsDurable() {
    settings = settings.withSnapshotCount(10);
    open();
    for (int i = 0; i < 50; i++) {
      propose(1, 1);
      member.runner().runUntilIdle();
      if (i == 30) {
        member.state().makeDurable(20);
      }
    }
    assertThat(logDisk.firstIndex()).isEqualTo(21);
  }

  @Test
  void theLogIsCutBySizeLongBeforeASnapshot() {
    open();
    for (int i = 0; i < 20; i++) {
      propose(1, 1 << 20);
      member.runner().runUntilIdle();
      member.state().makeDurable(100);
    }
    assertThat(logDisk.firstIndex()).isGreaterThan(10);
  }

  @Test
  void workOfTheStateMachineIsDoneWhenNobodyProposes() {
    open();
    member.state().addWork(50);
    member.runner().advanceMillis(200);
    member.runner().runUntilIdle();
    assertThat(member.state().slicesLeft()).isZero();
  }

  @Test
  void aMemberThatReachesNobodyKeepsRequestsUntilTheirTimeIsUp() {
    List<Throwable> failures = new ArrayList<>();
    SimulatedRunner runner = new SimulatedRunner();
    RaftConsensus one =
        new RaftConsensus(
            RaftIdentity.of(1, Set.of(1L, 2L, 3L)),
            settings,
            RaftPorts.sole(
                1,
                new InMemoryWal(logDisk),
                new RecordingState(stateDisk, new CrashPoint()),
                new PutCodec()),
            failures::add,
            runner);
    one.start();
    runner.runUntilIdle();
    CompletableFuture<Result> answer = one.propose(put(1));
    CompletableFuture<Void> read = one.readIndex();
    runner.advanceMillis(6_900);
    runner.runUntilIdle();
    assertThat(one.status().hasLeader()).isFalse();
    assertThat(answer).isNotDone();
    assertThat(read).isNotDone();
    runner.advanceMillis(200);
    runner.runUntilIdle();
    assertThat(codeOf(answer)).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(codeOf(read)).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(one.status().lateReads()).isEqualTo(1);
    assertThat(failures).isEmpty();
  }

  @Test
  void itCanBeStartedOnce() {
    open();
    assertThatThrownBy(() -> member.consensus().start()).isInstanceOf(IllegalStateException.class);
  }
}
