package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.StateTransfer;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pulls the state of the leader when the log does not reach back far enough; one pull at a time.
 *
 * <p>Confined to the engine thread.
 */
final class StatePull {
  private static final System.Logger LOG = System.getLogger(StatePull.class.getName());

  private final StateTransfer transfer;
  private final EngineTasks tasks;
  private final Consumer<StateTransfer.Arrived> onArrival;
  private @Nullable MemberEndpoint source;
  private long attempt;

  /**
   * @param onArrival takes what has arrived, on the engine thread
   */
  StatePull(StateTransfer transfer, EngineTasks tasks, Consumer<StateTransfer.Arrived> onArrival) {
    this.transfer = transfer;
    this.tasks = tasks;
    this.onArrival = onArrival;
  }

  /** Asks the leader, also if an earlier one is asked already, which may never answer. */
  void begin(MemberEndpoint leader, long atLeastIndex) {
    if (leader.equals(source)) {
      return;
    }
    source = leader;
    long mine = ++attempt;
    LOG.log(
        Level.INFO,
        "the log of {0} does not reach back far enough: pulling its state, from entry {1} on",
        leader,
        Long.toString(atLeastIndex));
    transfer
        .pull(leader.id(), atLeastIndex)
        .whenComplete((arrived, failure) -> tasks.submit(() -> end(mine, arrived, failure)));
  }

  private void end(
      long ended, StateTransfer.@Nullable Arrived arrived, @Nullable Throwable failure) {
    if (ended == attempt) {
      source = null;
    }
    if (arrived != null) {
      onArrival.accept(arrived);
    } else if (ended == attempt) {
      LOG.log(Level.WARNING, "the state did not arrive, and is pulled again: {0}", failure);
    }
  }
}
