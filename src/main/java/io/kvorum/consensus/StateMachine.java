package io.kvorum.consensus;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Applies committed entries: commands in, results out. Deterministic: the same entries give the
 * same state and results on every member. Called by the Raft thread, except where stated.
 */
public interface StateMachine {

  /**
   * How much of the log the state on disk contains.
   *
   * @param index the last entry that it contains, with all before it
   * @param term the term of that entry
   * @param isInstalled true if the state was installed from another member, so that this member's
   *     log may not reach it yet
   * @param group the last group of voters that was applied; null if there was none
   */
  record DurableState(long index, long term, boolean isInstalled, byte @Nullable [] group) {}

  /**
   * Applies the commands of one entry, in order, and makes their effect visible to readers.
   *
   * @return one result per command, in the same order
   */
  List<Result> apply(long index, long term, List<Command> commands);

  /**
   * Stores the group of voters as of an entry that changed it, durably like an entry of commands.
   *
   * @param group opaque to the state machine
   */
  void applyGroup(long index, long term, byte[] group);

  /** As found on disk at the start, or as installed last. */
  DurableState durableState();

  /**
   * The index up to which the state is durable without the log: entries up to it are not replayed
   * after a restart, and may be discarded. Any thread.
   */
  long durableIndex();

  /**
   * Runs a short slice (about 200 microseconds) of background work, such as compacting the index.
   *
   * @return true if more is left
   */
  boolean workSlice();
}
