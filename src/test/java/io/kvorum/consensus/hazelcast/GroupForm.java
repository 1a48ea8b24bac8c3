package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.hazelcast.log.VoterGroup;
import java.util.Set;
import java.util.TreeSet;

/** Reads the voters that a state machine has stored. */
public final class GroupForm {
  private GroupForm() {}

  /** The ids of the voters. */
  public static Set<Long> voters(byte[] group) {
    return new TreeSet<>(VoterGroup.decode(group).voters());
  }
}
