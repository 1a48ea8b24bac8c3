package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.consensus.hazelcast.RaftIdentity;
import io.kvorum.consensus.hazelcast.RaftPorts;
import io.kvorum.consensus.hazelcast.RaftSettings;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * The real consensus driver in one thread with everything that is chance drawn from one seed: when
 * clients propose, when the engine runs, when the history catches up, and when, anywhere, the
 * process ends or the disk breaks. A member that ended is started again on what its disks hold.
 */
public final class SingleMemberSimulation {
  private static final long MEMBER = 0x8e9e05c52164694dL;

  private final Random random;
  private final RaftSettings settings;
  private final InMemoryWal.Disk logDisk;
  private final RecordingState.Disk stateDisk = new RecordingState.Disk();
  private final ClientRecord clients = new ClientRecord();
  private final Map<Long, RecordingState.Applied> everApplied = new HashMap<>();
  private final List<Throwable> failures = new ArrayList<>();
  private long restarts;

  private CrashPoint crashPoint = new CrashPoint();
  private SimulatedRunner runner = new SimulatedRunner();
  private InMemoryWal log;
  private RecordingState state;
  private RaftConsensus consensus;

  public SingleMemberSimulation(long seed) {
    random = new Random(seed);
    SimulatedRandom.seedEngine(seed);
    settings =
        RaftSettings.defaults()
            .withSnapshotCount(1 + random.nextInt(40))
            .withBatches(1 + random.nextInt(12), 40 + random.nextInt(400))
            .withPending(5 + random.nextInt(60), 200 + random.nextInt(4_000));
    logDisk = new InMemoryWal.Disk(1 + random.nextInt(8));
    open();
  }

  /** Runs so many steps, then checks everything that must hold. */
  public void run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
      if (crashPoint.hasStruck() || !failures.isEmpty()) {
        endProcess();
        open();
      }
    }
    consensus.close();
    endProcess();
    open(false);
    runner.runUntilIdle();
    check();
  }

  public long restarts() {
    return restarts;
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
      runner.runRound();
    } else if (dice < 80) {
      runner.runUntilIdle();
    } else if (dice < 85) {
      runner.advanceMillis(random.nextInt(300));
    } else if (dice < 92) {
      state.makeDurable(random.nextInt(30));
    } else if (dice < 94) {
      state.addWork(random.nextInt(5));
    } else if (dice < 95) {
      crashPoint.crashAfter(random.nextInt(30));
    } else if (dice < 96) {
      crashPoint.breakDiskAfter(random.nextInt(30));
    } else if (dice < 98) {
      checkRead();
    } else if (dice < 99) {
      endProcess();
      open();
    } else {
      consensus.close();
      endProcess();
      open();
    }
  }

  private void proposeSome() {
    CrashPoint mine = crashPoint;
    for (int left = 1 + random.nextInt(15); left > 0; left--) {
      int valueBytes = random.nextInt(20) == 0 ? 500 : random.nextInt(30);
      ClientRecord.Call call = clients.next(valueBytes);
      CompletableFuture<Result> answer = consensus.propose(call.command());
      clients.watch(call, answer, mine::hasStruck);
    }
  }

  private void checkRead() {
    CompletableFuture<Void> read = consensus.confirmRead();
    if (read.isDone() && !read.isCompletedExceptionally()) {
      assertThat(consensus.status().isLeader()).isTrue();
      assertThat(consensus.status().appliedIndex()).isEqualTo(state.entries().size());
    }
  }

  private void open() {
    open(random.nextInt(10) == 0);
  }

  private void open(boolean endsSoon) {
    restarts++;
    crashPoint = new CrashPoint();
    runner = new SimulatedRunner();
    failures.clear();
    log = new InMemoryWal(logDisk, crashPoint);
    state = new RecordingState(stateDisk, crashPoint);
    consensus =
        new RaftConsensus(
            RaftIdentity.sole(MEMBER),
            settings,
            new RaftPorts(log, state, new PutCodec()),
            failures::add,
            runner);
    if (endsSoon) {
      crashPoint.crashAfter(random.nextInt(20));
    }
    consensus.start();
  }

  /** Nothing of this process happens any more; its disks stay as they are. */
  private void endProcess() {
    for (Throwable failure : failures) {
      if (!crashPoint.hasStruck()) {
        throw new AssertionError("the member stopped for no reason", failure);
      }
    }
    log.crash(random);
    remember(state);
  }

  /** Whatever was applied under an index once is what is applied under it for ever. */
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
    assertThat(consensus.status().isLeader()).isTrue();
    remember(state);
    assertThat(state.entries()).hasSameSizeAs(everApplied.keySet());
    Map<Long, Long> revisions = new HashMap<>();
    long revision = 0;
    long lastNumber = -1;
    for (RecordingState.Applied entry : state.entries()) {
      for (Command command : entry.commands()) {
        long number = ClientRecord.numberOf(command);
        assertThat(number)
            .as("commands keep the order they were proposed in")
            .isGreaterThan(lastNumber);
        lastNumber = number;
        revisions.put(number, ++revision);
      }
    }
    for (ClientRecord.Call call : clients.calls()) {
      Result result = call.result();
      if (result != null) {
        assertThat(revisions.get(call.number()))
            .as("acknowledged call %d", call.number())
            .isEqualTo(result.revision());
      } else if (call.isWithoutEffect()) {
        assertThat(revisions).doesNotContainKey(call.number());
      }
    }
    assertThat(clients.answerOrder()).isSorted();
  }
}
