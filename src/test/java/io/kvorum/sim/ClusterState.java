package io.kvorum.sim;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.StateMachine;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.util.List;

/** Checks the state machine of one member of a simulated cluster against the log below it. */
final class ClusterState implements StateMachine {
  private final long member;
  private final SimulatedCore core;
  private final InMemoryWal.Disk logDisk;
  private final CoreLedger ledger;
  private long installs;

  ClusterState(long member, SimulatedCore core, InMemoryWal.Disk logDisk, CoreLedger ledger) {
    this.member = member;
    this.core = core;
    this.logDisk = logDisk;
    this.ledger = ledger;
  }

  @Override
  public List<Result> apply(long index, long term, List<Command> commands) {
    requireInLog(index);
    return core.apply(index, term, commands);
  }

  @Override
  public void applyGroup(long index, long term, byte[] group) {
    requireInLog(index);
    core.applyGroup(index, term, group);
  }

  /** The history may become durable at any time, and must not run ahead of the log. */
  private void requireInLog(long index) {
    ledger.watch(
        () -> {
          if (logDisk.lastIndex() < index) {
            throw new AssertionError(
                "member %d applies entry %d, but its log ends at %d"
                    .formatted(member, index, logDisk.lastIndex()));
          }
        });
  }

  void install(SnapshotStaging staged, InMemoryHistory incoming) {
    long index = staged.header().index();
    ledger.watch(
        () -> {
          if (logDisk.holds(index, staged.header().term())) {
            throw new AssertionError(
                "member %d gives up a log that has entry %d, and what follows"
                    .formatted(member, index));
          }
        });
    core.install(staged, incoming);
    installs++;
  }

  SimulatedCore core() {
    return core;
  }

  long installs() {
    return installs;
  }

  @Override
  public DurableState durableState() {
    return core.durableState();
  }

  @Override
  public long durableIndex() {
    return core.durableIndex();
  }

  @Override
  public boolean workSlice() {
    return core.workSlice();
  }
}
