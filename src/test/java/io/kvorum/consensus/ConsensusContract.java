package io.kvorum.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.sim.CrashPoint;
import io.kvorum.sim.RecordingState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What consensus must do when it leads, on real threads; one subclass per implementation. */
public abstract class ConsensusContract {
  private RecordingState state;
  private Consensus consensus;

  /** Consensus on the storage of this test, the same at each call; started, and serving. */
  protected abstract Consensus serving(StateMachine state) throws Exception;

  private void open() throws Exception {
    state = new RecordingState(new RecordingState.Disk(), new CrashPoint());
    consensus = serving(state);
  }

  @AfterEach
  void closeConsensus() {
    if (consensus != null) {
      consensus.close();
    }
  }

  private static Command put(int number) {
    return Command.Put.of(Bytes.utf8("call-" + number), Bytes.utf8("value"));
  }

  private List<Command> applied() {
    return state.entries().stream().flatMap(entry -> entry.commands().stream()).toList();
  }

  private static ErrorCode codeOf(CompletableFuture<?> answer) {
    Throwable failure = catchThrowable(answer::join);
    assertThat(failure).isInstanceOf(CompletionException.class);
    assertThat(failure).hasCauseInstanceOf(RequestException.class);
    return ((RequestException) failure.getCause()).code();
  }

  @Test
  void aProposalIsAnsweredWithWhatApplyingItGave() throws Exception {
    open();
    assertThat(consensus.propose(put(1)).join()).isEqualTo(new Result.Put(1, null));
    assertThat(consensus.propose(put(2)).join()).isEqualTo(new Result.Put(2, null));
    assertThat(applied()).containsExactly(put(1), put(2));
  }

  @Test
  void theProposalsOfOneThreadAreAppliedInTheirOrder() throws Exception {
    open();
    List<CompletableFuture<Result>> answers = new ArrayList<>();
    List<Command> proposed = new ArrayList<>();
    for (int number = 0; number < 2_000; number++) {
      proposed.add(put(number));
      answers.add(consensus.propose(put(number)));
    }
    for (int number = 0; number < answers.size(); number++) {
      assertThat(answers.get(number).join().revision()).isEqualTo(number + 1);
    }
    assertThat(applied()).isEqualTo(proposed);
  }

  @Test
  void theProposalsOfManyThreadsAreAppliedOnceEach() throws Exception {
    open();
    int threads = 4;
    int each = 1_000;
    List<Thread> proposers = new ArrayList<>();
    List<Long> revisions = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int thread = 0; thread < threads; thread++) {
      int first = thread * each;
      proposers.add(
          new Thread(
              () -> {
                for (int number = first; number < first + each; number++) {
                  revisions.add(consensus.propose(put(number)).join().revision());
                }
              }));
    }
    proposers.forEach(Thread::start);
    for (Thread proposer : proposers) {
      proposer.join();
    }
    assertThat(revisions).hasSize(threads * each).doesNotHaveDuplicates();
    Set<Command> expected = new HashSet<>();
    for (int number = 0; number < threads * each; number++) {
      expected.add(put(number));
    }
    assertThat(applied()).hasSize(threads * each);
    assertThat(new HashSet<>(applied())).isEqualTo(expected);
  }

  @Test
  void aConfirmedReadSeesWhatWasAcknowledgedBefore() throws Exception {
    open();
    for (int number = 0; number < 100; number++) {
      consensus.propose(put(number)).join();
      consensus.readIndex().join();
      assertThat(state.revision()).isEqualTo(number + 1);
    }
  }

  @Test
  void theStatusNamesTheLeaderAndHowFarItIs() throws Exception {
    open();
    consensus.propose(put(1)).join();
    ConsensusStatus status = consensus.status();
    assertThat(status.isLeader()).isTrue();
    assertThat(status.hasLeader()).isTrue();
    assertThat(status.term()).isPositive();
    assertThat(status.leaderChanges()).isEqualTo(1);
    assertThat(status.appliedIndex()).isEqualTo(state.entries().size());
    assertThat(status.committedIndex()).isEqualTo(status.appliedIndex());
    assertThat(status.failedProposals()).isZero();
  }

  @Test
  void whatWasAcknowledgedIsThereAfterEachOfManyRestarts() throws Exception {
    List<Command> acknowledged = new ArrayList<>();
    long term = 0;
    for (int life = 0; life < 4; life++) {
      open();
      assertThat(applied()).isEqualTo(acknowledged);
      assertThat(consensus.status().term()).isGreaterThan(term);
      term = consensus.status().term();
      for (int number = 0; number < 50; number++) {
        Command command = put(life * 1_000 + number);
        consensus.propose(command).join();
        acknowledged.add(command);
      }
      consensus.close();
    }
  }

  @Test
  void aLargeValueComesBackAfterARestart() throws Exception {
    byte[] large = new byte[2 << 20];
    new java.util.Random(7).nextBytes(large);
    Command command = Command.Put.of(Bytes.utf8("call-0"), Bytes.wrap(large));
    open();
    consensus.propose(command).join();
    consensus.close();
    open();
    assertThat(applied()).containsExactly(command);
  }

  @Test
  void whenItIsClosedEverythingFailsWithStopped() throws Exception {
    open();
    consensus.propose(put(1)).join();
    consensus.close();
    assertThat(codeOf(consensus.propose(put(2)))).isEqualTo(ErrorCode.STOPPED);
    assertThat(codeOf(consensus.readIndex())).isEqualTo(ErrorCode.STOPPED);
    assertThat(consensus.status().hasLeader()).isFalse();
    consensus.close();
    assertThat(applied()).containsExactly(put(1));
  }

  @Test
  void everyProposalGetsAnAnswerThoughItIsClosedMeanwhile() throws Exception {
    open();
    List<CompletableFuture<Result>> answers = new ArrayList<>();
    Thread proposer =
        new Thread(
            () -> {
              CompletableFuture<Result> last;
              do {
                last = consensus.propose(put(answers.size()));
                answers.add(last);
              } while (!last.isCompletedExceptionally());
            });
    proposer.start();
    while (consensus.status().appliedIndex() < 20) {
      Thread.onSpinWait();
    }
    consensus.close();
    proposer.join();
    int acknowledged = 0;
    for (CompletableFuture<Result> answer : answers) {
      assertThat(answer).isDone();
      if (answer.isCompletedExceptionally()) {
        assertThat(codeOf(answer)).isIn(ErrorCode.STOPPED, ErrorCode.TOO_MANY_REQUESTS);
      } else {
        acknowledged++;
      }
    }
    assertThat(applied()).hasSizeGreaterThanOrEqualTo(acknowledged);
  }
}
