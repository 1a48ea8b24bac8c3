package io.kvorum.membership;

import io.kvorum.consensus.DesiredVoters;
import io.kvorum.model.ClusterMember;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the replicated table of members, each time as a whole. Thread-safe. */
public interface MemberView extends DesiredVoters {

  /** All members, ordered by their ids as unsigned numbers. */
  List<ClusterMember> members();

  @Nullable ClusterMember find(long id);

  /** Whether the member with that id was once removed. */
  boolean wasRemoved(long id);

  /** Whether that member belongs to the cluster and does not vote. */
  boolean isLearner(long id);

  /** Has the listener called on the Raft thread after each change, when readers can see it. */
  void onChange(Runnable listener);
}
