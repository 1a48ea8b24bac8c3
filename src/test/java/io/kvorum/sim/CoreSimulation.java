package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.log.ProtobufCommandCodec;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * The whole core of a member, from proposals down to its two disks and back, next to a model that
 * says what is right. Chance comes from one seed: what is proposed, when the Raft loop runs, how
 * far the history lags behind, and when, anywhere, the process ends or a disk breaks.
 */
public final class CoreSimulation {
  private final Random random;
  private final RaftSettings settings;
  private final InMemoryWal.Disk logDisk;
  private final ClientRecord clients = new ClientRecord();
  private final NumberingCodec codec = new NumberingCodec(new ProtobufCommandCodec());
  private final CoreLedger ledger = CoreLedger.ofOneMember(codec);
  private final RandomRequests requests;
  private InMemoryHistory history = new InMemoryHistory();
  private SimulatedMember<SimulatedCore> member;
  private boolean historyMayBreak;
  private long now;
  private long starts;
  private long replayed;
  private long expired;

  public CoreSimulation(long seed) {
    random = new Random(seed);
    SimulatedRandom.seedHazelcast(seed);
    requests = new RandomRequests(random, ledger.model());
    settings =
        RaftSettings.defaults()
            .withSnapshotCount(1 + random.nextInt(40))
            .withBatches(1 + random.nextInt(12), 100 + random.nextInt(1_500))
            .withPending(5 + random.nextInt(60), 1_000 + random.nextInt(20_000));
    logDisk = new InMemoryWal.Disk(1 + random.nextInt(8));
    member = start();
  }

  /** Runs so many steps, then checks everything that must hold. */
  public void run(int steps) {
    try {
      for (int i = 0; i < steps; i++) {
        step();
        if (member.hasEnded()) {
          restart();
        }
      }
      member.consensus().close();
      restart();
      settle();
      check().everything();
      checkCalls();
    } finally {
      InMemoryHistory unused = member.state().end(true);
    }
  }

  public long starts() {
    return starts;
  }

  /** Entries that were applied again after a restart. */
  public long replayed() {
    return replayed;
  }

  public long acknowledged() {
    return clients.answerOrder().size();
  }

  /** Leases that ran out, and were revoked therefore. */
  public long expired() {
    return expired;
  }

  public CoreModel model() {
    return ledger.model();
  }

  public long entriesCut() {
    return logDisk.firstIndex() - 1;
  }

  private void step() {
    int dice = random.nextInt(100);
    if (dice < 38) {
      proposeSome();
    } else if (dice < 70) {
      member.runner().runRound();
    } else if (dice < 74) {
      member.runner().runUntilIdle();
    } else if (dice < 79) {
      passTime();
    } else if (dice < 81) {
      CompletableFuture<Long> unused = member.state().lessor().renew(requests.leaseId());
    } else if (dice < 84) {
      member.state().toggleHold();
    } else if (dice < 90) {
      read();
    } else {
      interrupt(dice - 90);
    }
  }

  private void interrupt(int dice) {
    if (dice < 3) {
      member.crashPoint().crashAfter(random.nextInt(40));
    } else if (dice < 4) {
      member.crashPoint().breakDiskAfter(random.nextInt(40));
    } else if (dice < 5) {
      historyMayBreak = true;
      if (random.nextBoolean()) {
        member.state().breakHistory();
      } else {
        member.state().breakHistoryAfterRewrites(random.nextInt(2));
      }
    } else if (dice < 7) {
      restart();
    } else if (dice < 8) {
      member.consensus().close();
      restart();
    } else {
      member.runner().runRound();
    }
  }

  private void passTime() {
    long millis = random.nextInt(1_500);
    now += millis;
    member.runner().advanceMillis(millis);
    member.state().lessor().tick();
  }

  private void proposeSome() {
    for (int left = 1 + random.nextInt(12); left > 0; left--) {
      CompletableFuture<Result> unused = propose(requests.next());
    }
  }

  /** What the clock of the leases decides counts: it knows the term. */
  private CompletableFuture<Result> proposeAsLeader(Command command) {
    return propose(command)
        .whenComplete(
            (result, failure) -> {
              if (result instanceof Result.LeaseRevoke) {
                expired++;
              }
            });
  }

  private CompletableFuture<Result> propose(Command command) {
    CrashPoint mine = member.crashPoint();
    ClientRecord.Call call = clients.add(command);
    codec.number(call);
    CompletableFuture<Result> answer = member.consensus().propose(command);
    clients.watch(call, answer, mine::hasStruck);
    return answer;
  }

  /** What a linearizable read sees, if it is served at once. */
  private void read() {
    CompletableFuture<Void> barrier = member.consensus().readIndex();
    if (barrier.isDone() && !barrier.isCompletedExceptionally()) {
      assertThat(member.state().appliedIndex()).isEqualTo(ledger.lastIndex());
      check().read(requests.query());
    }
  }

  private CoreCheck check() {
    return new CoreCheck(ledger.model(), member.state(), random);
  }

  private SimulatedMember<SimulatedCore> start() {
    starts++;
    SimulatedMember<SimulatedCore> next =
        new SimulatedMember<>(settings, logDisk, codec, this::openCore);
    CompletableFuture<Void> unused =
        next.consensus()
            .ready()
            .thenRun(() -> next.state().lessor().promote(0, next.consensus().status().term()));
    next.consensus().start();
    replayed += ledger.lastIndex() - next.state().appliedIndex();
    return next;
  }

  private SimulatedCore openCore(CrashPoint crashPoint) {
    long[] caches = {0, 2_000, 1_000_000};
    long limit = random.nextBoolean() ? SimulatedCore.Temper.NO_LIMIT : 300 + random.nextInt(8_000);
    StoreSettings store =
        new StoreSettings(
            caches[random.nextInt(caches.length)], caches[random.nextInt(caches.length)], limit);
    SimulatedCore.Temper temper = new SimulatedCore.Temper(store, limit, random.nextInt(3) > 0);
    historyMayBreak = false;
    SimulatedCore.Setup setup =
        new SimulatedCore.Setup(
            history, crashPoint, ledger, List.of(MembersModel.FOUNDER), (revision, events) -> {});
    return new SimulatedCore(setup, temper, () -> now * 1_000_000, this::proposeAsLeader);
  }

  /** Ends this life, wherever it stands, and begins another; sometimes only a short one. */
  private void restart() {
    end(member);
    while (random.nextInt(5) == 0) {
      SimulatedMember<SimulatedCore> shortLived = start();
      shortLived.crashPoint().crashAfter(random.nextInt(20));
      shortLived.runner().runRound();
      end(shortLived);
    }
    member = start();
    if (random.nextInt(3) > 0) {
      settle();
      check().some();
    }
  }

  private void end(SimulatedMember<SimulatedCore> ending) {
    requireNoViolation();
    boolean mayStop = ending.crashPoint().hasStruck() || historyMayBreak;
    for (Throwable failure : ending.failures()) {
      if (!mayStop) {
        throw new AssertionError("the member stopped for no reason", failure);
      }
    }
    if (ending.state().isHistoryBroken() && !historyMayBreak) {
      throw new AssertionError("the history broke for no reason");
    }
    ending.end(random);
    history = ending.state().end(random.nextInt(3) > 0);
  }

  /** Everything that was ever applied is there again once the replay is over. */
  private void settle() {
    member.runner().runUntilIdle();
    requireNoViolation();
    for (Throwable failure : member.failures()) {
      throw new AssertionError("the member did not start", failure);
    }
    assertThat(member.consensus().status().isLeader()).isTrue();
    assertThat(member.state().appliedIndex()).isEqualTo(ledger.lastIndex());
  }

  private void requireNoViolation() {
    for (Throwable violation : ledger.violations()) {
      throw new AssertionError(violation.getMessage(), violation);
    }
  }

  private void checkCalls() {
    assertThat(clients.failures()).isEmpty();
    assertThat(clients.answerOrder()).isSorted();
    for (ClientRecord.Call call : clients.calls()) {
      Result committed = ledger.resultOf(call.number());
      if (call.isAcknowledged()) {
        assertThat(call.result()).as("call %d", call.number()).isEqualTo(committed);
      } else if (call.isWithoutEffect()) {
        assertThat(committed).as("refused call %d", call.number()).isNull();
      }
    }
  }
}
