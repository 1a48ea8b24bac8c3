package io.kvorum.sim;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who belongs to a simulated cluster: a part of the replicated state that some of the puts change.
 */
final class ClusterTable {

  /** What a command may do to it. */
  enum Change {
    ADD_VOTER,
    ADD_LEARNER,
    PROMOTE,
    REMOVE
  }

  private final TreeSet<Long> voters;
  private final TreeSet<Long> learners = new TreeSet<>();
  private final TreeSet<Long> removed = new TreeSet<>();
  private long version;

  ClusterTable(Set<Long> founders) {
    this.voters = new TreeSet<>(founders);
  }

  /** The value of a put that asks for that change. */
  static Bytes value(Change change, long member) {
    return Bytes.utf8(change + " " + member);
  }

  void apply(Command command) {
    Bytes value = ((Command.Put) command).value();
    String text = value.length() == 0 || value.unsafeArray()[0] == 0 ? "" : value.toUtf8();
    int space = text.indexOf(' ');
    if (space > 0) {
      version++;
      change(Change.valueOf(text.substring(0, space)), Long.parseLong(text.substring(space + 1)));
    }
  }

  private void change(Change change, long member) {
    switch (change) {
      case ADD_VOTER -> {
        if (isNew(member)) {
          voters.add(member);
        }
      }
      case ADD_LEARNER -> {
        if (isNew(member)) {
          learners.add(member);
        }
      }
      case PROMOTE -> {
        if (learners.remove(member)) {
          voters.add(member);
        }
      }
      case REMOVE -> {
        if (learners.remove(member) || (voters.size() > 1 && voters.remove(member))) {
          removed.add(member);
        }
      }
    }
  }

  private boolean isNew(long member) {
    return !voters.contains(member) && !learners.contains(member) && !removed.contains(member);
  }

  Set<Long> voters() {
    return voters;
  }

  Set<Long> learners() {
    return learners;
  }

  boolean contains(long member) {
    return voters.contains(member) || learners.contains(member);
  }

  boolean wasRemoved(long member) {
    return removed.contains(member);
  }

  Set<Long> all() {
    TreeSet<Long> all = new TreeSet<>(voters);
    all.addAll(learners);
    return all;
  }

  long version() {
    return version;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClusterTable table
        && voters.equals(table.voters)
        && learners.equals(table.learners)
        && removed.equals(table.removed);
  }

  @Override
  public int hashCode() {
    return voters.hashCode();
  }

  @Override
  public String toString() {
    return "voters " + voters + ", learners " + learners + ", removed " + removed;
  }
}
