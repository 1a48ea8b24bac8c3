package io.kvorum.sim;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.Membership;
import io.kvorum.consensus.StateMachine;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The state of one member of a simulated cluster, which reports what it applies. */
final class ClusterState implements StateMachine, Membership {
  private final long member;
  private final RecordingState recorded;
  private final InMemoryWal.Disk logDisk;
  private final ClusterHistory history;
  private final Set<Long> founders;
  private final List<Throwable> violations = new ArrayList<>();
  private ClusterTable table;
  private long installs;

  ClusterState(
      long member,
      RecordingState recorded,
      InMemoryWal.Disk logDisk,
      ClusterHistory history,
      Set<Long> founders) {
    this.member = member;
    this.recorded = recorded;
    this.logDisk = logDisk;
    this.history = history;
    this.founders = founders;
    this.table = rebuilt();
  }

  private ClusterTable rebuilt() {
    ClusterTable rebuilt = new ClusterTable(founders);
    recorded.entries().forEach(entry -> entry.commands().forEach(rebuilt::apply));
    return rebuilt;
  }

  @Override
  public List<Result> apply(long index, long term, List<Command> commands) {
    List<Result> results = recorded.apply(index, term, commands);
    commands.forEach(table::apply);
    report(index);
    return results;
  }

  @Override
  public void applyGroup(long index, long term, byte[] group) {
    recorded.applyGroup(index, term, group);
    report(index);
  }

  /** The driver might swallow a failure, so it is kept. */
  private void report(long index) {
    try {
      if (logDisk.lastIndex() < index) {
        throw new AssertionError(
            "member %d applied entry %d, but its log ends at %d"
                .formatted(member, index, logDisk.lastIndex()));
      }
      history.applied(member, recorded.last());
    } catch (AssertionError violation) {
      violations.add(violation);
      throw violation;
    }
  }

  void install(List<RecordingState.Applied> entries) {
    RecordingState.Applied newest = entries.get(entries.size() - 1);
    if (logDisk.holds(newest.index(), newest.term())) {
      violations.add(
          new AssertionError(
              "member %d gives up a log that has entry %d, and what follows"
                  .formatted(member, newest.index())));
    }
    recorded.install(entries);
    table = rebuilt();
    installs++;
  }

  RecordingState recorded() {
    return recorded;
  }

  List<Throwable> violations() {
    return violations;
  }

  ClusterTable table() {
    return table;
  }

  long installs() {
    return installs;
  }

  @Override
  public Foundation foundation() {
    return recorded.foundation();
  }

  @Override
  public long durableIndex() {
    return recorded.durableIndex();
  }

  @Override
  public boolean workSlice() {
    return recorded.workSlice();
  }

  @Override
  public Set<Long> voters() {
    return table.voters();
  }

  @Override
  public Set<Long> learners() {
    return table.learners();
  }

  @Override
  public long version() {
    return table.version() + 1_000_000 * installs;
  }
}
