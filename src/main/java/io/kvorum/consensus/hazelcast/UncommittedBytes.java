package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import java.util.ArrayDeque;

/**
 * How many bytes this leader has put into the log in its term that are not committed yet: the
 * engine itself counts entries, whose sizes differ a thousandfold.
 *
 * <p>Confined to the engine thread.
 */
final class UncommittedBytes {

  private record Appended(long index, int bytes) {}

  private final ArrayDeque<Appended> entries = new ArrayDeque<>();
  private int term;
  private long sum;

  void add(RaftState state, long index, int bytes) {
    beginTerm(state.term());
    entries.add(new Appended(index, bytes));
    sum += bytes;
  }

  long bytes(RaftState state) {
    beginTerm(state.term());
    long committed = state.commitIndex();
    for (Appended first = entries.peek();
        first != null && first.index() <= committed;
        first = entries.peek()) {
      sum -= first.bytes();
      entries.remove();
    }
    return sum;
  }

  private void beginTerm(int newTerm) {
    if (newTerm != term) {
      term = newTerm;
      entries.clear();
      sum = 0;
    }
  }
}
