package io.kvorum.consensus;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What consensus drives: committed commands in, results out. Called by the engine thread alone,
 * except where said otherwise.
 */
public interface StateMachine {

  /**
   * What the state on disk says of the log below it.
   *
   * @param index the entry up to which the state holds everything
   * @param term the term of that entry
   * @param isInstalled true if the state came from another member as it is, so that the log may not
   *     have got there yet
   * @param group the last group of voters it was told of; null if none, ever
   */
  record DurableState(long index, long term, boolean isInstalled, byte @Nullable [] group) {}

  /**
   * Applies the commands of one entry, in order, and makes their effect visible to readers.
   *
   * @return one result per command, in the same order
   */
  List<Result> apply(long index, long term, List<Command> commands);

  /**
   * Entry {@code index} changed the group of voters: nothing to execute, but to be remembered, and
   * to become durable, like an entry of commands.
   *
   * @param group opaque here
   */
  void applyGroup(long index, long term, byte[] group);

  /** What was found on disk, or installed last. */
  DurableState durableState();

  /**
   * The index up to which the state is durable by itself: entries at or below it are not replayed
   * after a restart, and the log may be cut up to it. Any thread.
   */
  long durableIndex();

  /**
   * Does a short piece (about 200 microseconds) of work that waits for the engine thread, such as
   * compacting the index.
   *
   * @return true if more of it waits
   */
  boolean workSlice();
}
