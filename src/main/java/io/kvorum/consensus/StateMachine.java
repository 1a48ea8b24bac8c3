package io.kvorum.consensus;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.List;

/**
 * What consensus drives: committed commands in, results out. Called by the engine thread alone,
 * except where said otherwise.
 */
public interface StateMachine {

  /**
   * Applies the commands of one entry, in order, and makes their effect visible to readers.
   *
   * @return one result per command, in the same order
   */
  List<Result> apply(long index, long term, List<Command> commands);

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
