package io.kvorum.consensus.hazelcast;

import java.util.Set;
import java.util.TreeSet;

/** Reads what a state machine remembers of the group of voters. */
public final class GroupForm {
  private GroupForm() {}

  /** The ids of the voters. */
  public static Set<Long> voters(byte[] group) {
    Set<Long> ids = new TreeSet<>();
    GroupCodec.decodeGroup(group).voters().forEach(voter -> ids.add(voter.id()));
    return ids;
  }
}
