package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * The real consensus driver in one thread with everything that is chance drawn from one seed: when
 * clients propose, when the Raft loop runs, when the history catches up, and when, anywhere, the
 * process ends or the disk breaks. A member that ended is started again on what its disks hold.
 */
public final class SingleMemberSimulation {
  private final Random random;
  private final RaftSettings settings;
  private final InMemoryWal.Disk logDisk;
  private final RecordingState.Disk stateDisk = new RecordingState.Disk();
  private final ClientRecord clients = new ClientRecord();
  private final Map<Long, RecordingState.Applied> everApplied = new HashMap<>();
  private SimulatedMember<RecordingState> member;
  private long starts;

  public SingleMemberSimulation(long seed) {
    random = new Random(seed);
    SimulatedRandom.seedHazelcast(seed);
    settings =
        RaftSettings.defaults()
            .withSnapshotCount(1 + random.nextInt(40))
            .withBatches(1 + random.nextInt(12), 40 + random.nextInt(400))
            .withPending(5 + random.nextInt(60), 200 + random.nextInt(4_000));
    logDisk = new InMemoryWal.Disk(1 + random.nextInt(8));
    member = start();
  }

  /** Runs so many steps, then checks everything that must hold. */
  public void run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
      if (member.hasEnded()) {
        restart();
      }
    }
    member.consensus().close();
    restart();
    member.runner().runUntilIdle();
    check();
  }

  public long starts() {
    return starts;
  }

  public long acknowledged() {
    return clients.answerOrder().size();
  }

  public long entriesCut() {
    return logDisk.firstIndex() - 1;
  }

  private void step() {
    int dice = random.nextInt(100);
    if (dice < 35) {
      proposeSome();
    } else if (dice < 75) {
      member.runner().runRound();
    } else if (dice < 80) {
      member.runner().runUntilIdle();
    } else if (dice < 85) {
      member.runner().advanceMillis(random.nextInt(300));
    } else if (dice < 92) {
      member.state().makeDurable(random.nextInt(30));
    } else if (dice < 94) {
      member.state().addWork(random.nextInt(5));
    } else if (dice < 95) {
      member.crashPoint().crashAfter(random.nextInt(30));
    } else if (dice < 96) {
      member.crashPoint().breakDiskAfter(random.nextInt(30));
    } else if (dice < 98) {
      checkRead();
    } else if (dice < 99) {
      restart();
    } else {
      member.consensus().close();
      restart();
    }
  }

  private void proposeSome() {
    CrashPoint mine = member.crashPoint();
    for (int left = 1 + random.nextInt(15); left > 0; left--) {
      int valueBytes = random.nextInt(20) == 0 ? 500 : random.nextInt(30);
      ClientRecord.Call call = clients.next(valueBytes);
      CompletableFuture<Result> answer = member.consensus().propose(call.command());
      clients.watch(call, answer, mine::hasStruck);
    }
  }

  private void checkRead() {
    Consensus consensus = member.consensus();
    CompletableFuture<Void> read = consensus.readIndex();
    if (read.isDone() && !read.isCompletedExceptionally()) {
      assertThat(consensus.status().isLeader()).isTrue();
      assertThat(consensus.status().appliedIndex()).isEqualTo(member.state().entries().size());
    }
  }

  private SimulatedMember<RecordingState> start() {
    starts++;
    SimulatedMember<RecordingState> next = SimulatedMember.recording(settings, logDisk, stateDisk);
    next.consensus().start();
    return next;
  }

  /** Ends this life, wherever it stands, and begins another; sometimes only a short one. */
  private void restart() {
    for (Throwable failure : member.failures()) {
      if (!member.crashPoint().hasStruck()) {
        throw new AssertionError("the member stopped for no reason", failure);
      }
    }
    member.end(random);
    remember(member.state());
    while (random.nextInt(5) == 0) {
      SimulatedMember<RecordingState> shortLived = start();
      shortLived.crashPoint().crashAfter(random.nextInt(20));
      shortLived.runner().runRound();
      shortLived.end(random);
      remember(shortLived.state());
    }
    member = start();
  }

  /** What was applied under an index once is what is applied under it from then on. */
  private void remember(RecordingState ended) {
    for (RecordingState.Applied entry : ended.entries()) {
      RecordingState.Applied before = everApplied.putIfAbsent(entry.index(), entry);
      if (before != null) {
        assertThat(entry).isEqualTo(before);
      }
    }
  }

  private void check() {
    assertThat(clients.failures()).isEmpty();
    assertThat(member.consensus().status().isLeader()).isTrue();
    remember(member.state());
    assertThat(member.state().entries()).hasSameSizeAs(everApplied.keySet());
    Map<Long, Long> revisions = revisionsOfCalls();
    for (ClientRecord.Call call : clients.calls()) {
      Result result = call.result();
      if (result != null) {
        assertThat(revisions.get(call.number()))
            .as("the revision of acknowledged call %d", call.number())
            .isEqualTo(result.revision());
      } else if (call.isWithoutEffect()) {
        assertThat(revisions).doesNotContainKey(call.number());
      }
    }
    assertThat(clients.answerOrder()).isSorted();
  }

  private Map<Long, Long> revisionsOfCalls() {
    Map<Long, Long> revisions = new HashMap<>();
    long revision = 0;
    long lastNumber = -1;
    for (RecordingState.Applied entry : member.state().entries()) {
      for (Command command : entry.commands()) {
        long number = ClientRecord.numberOf(command);
        assertThat(number)
            .as("commands are there once, in the order they were proposed in")
            .isGreaterThan(lastNumber);
        lastNumber = number;
        revisions.put(number, ++revision);
      }
    }
    return revisions;
  }
}
