package io.kvorum.apply;

import io.kvorum.auth.AuthListener;
import io.kvorum.consensus.StateMachine;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Event;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Applies committed commands to store, leases, alarms and members, with the same outcome on every
 * member: the state machine. It depends on no clock, no random source and no hash order.
 *
 * <p>It alone can change the leases, the alarms and the members; all others read them in a {@link
 * #view}. Confined to the Raft thread, except for that.
 */
public final class Applier implements StateMachine {

  /** Is called with each revision after readers can see it. */
  public interface CommitListener {
    void committed(long revision, List<Event> events);
  }

  /** The name of the fact that holds the group of voters, which is opaque here. */
  static final String GROUP = "raft/group";

  private final MvccStore store;
  private final CommitListener listener;
  private final ApplyProbe probe;
  private final StateTables tables;
  private final EntryFacts facts = new EntryFacts();
  private final CommandExecution execution;
  private StateMachine.DurableState durableState = new DurableState(0, 0, false, null);

  /**
   * @param tokens is notified of granted and revoked tokens
   */
  public Applier(MvccStore store, CommitListener listener, AuthListener tokens) {
    this(store, listener, tokens, ApplyProbe.NONE);
  }

  /**
   * @param tokens is notified of granted and revoked tokens
   * @param probe measures commands
   */
  public Applier(MvccStore store, CommitListener listener, AuthListener tokens, ApplyProbe probe) {
    this.store = store;
    this.listener = listener;
    this.probe = probe;
    this.tables = StateTables.empty(tokens);
    this.execution = new CommandExecution(tables, facts);
  }

  /** The state, for any thread to read. */
  public StateView view() {
    return tables.view(store);
  }

  /** Takes over the store's writer, and what the store found on disk. Before everything else. */
  public void open(MvccStore.Opened opened) {
    execution.open(opened.writer());
    restore(opened.recovered());
  }

  /** Replaces the state by what the store found on disk, or in a snapshot from another member. */
  void restore(MvccStore.Recovered recovered) {
    Bytes group = recovered.facts().get(GROUP);
    durableState =
        new DurableState(
            recovered.appliedIndex(),
            recovered.appliedTerm(),
            recovered.installedIndex() > 0
                && recovered.installedIndex() == recovered.appliedIndex(),
            group == null ? null : group.unsafeArray());
    tables.restore(recovered);
    facts.clear(); // Founders that were not durable yet do not belong to the restored state.
  }

  /**
   * Enters the founding members if the state has no members: that of a new cluster, or of a version
   * that did not record them. Called after {@link #open} and before the first entry.
   *
   * <p>They become durable with the first entry that is applied, on every member alike. Until then
   * nothing else does, so that after a crash they are entered again, and the log is replayed on
   * top: they must be the same again.
   */
  public void foundIfNew(Collection<ClusterMember> founders) {
    tables.members().foundIfNew(founders, facts);
  }

  /**
   * Replaces the state by a snapshot from another member, between two entries. No clock of its
   * leases runs.
   *
   * @throws IllegalArgumentException if it is behind the state; nothing has changed then
   */
  public void install(SnapshotStaging staged) {
    restore(execution.writer().install(staged));
  }

  @Override
  public List<Result> apply(long index, long term, List<Command> commands) {
    execution.beginEntry(index, term);
    List<Result> results = new ArrayList<>(commands.size());
    probe.entryBegins(index);
    for (Command command : commands) {
      Result result = execution.execute(command);
      results.add(result);
      probe.applied(command, result);
    }
    commit(index, term);
    execution.publish(listener);
    return results;
  }

  private void commit(long index, long term) {
    execution.writer().commit(index, term, facts.take());
  }

  @Override
  public void applyGroup(long index, long term, byte[] group) {
    facts.put(GROUP, Bytes.wrap(group));
    commit(index, term);
  }

  @Override
  public DurableState durableState() {
    return durableState;
  }

  @Override
  public long durableIndex() {
    return store.durableIndex();
  }

  @Override
  public boolean workSlice() {
    return execution.writer().compactSlice();
  }
}
