package io.kvorum.membership;

import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.testing.FactMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A table of members that tests edit without an applier, and the facts that it writes. */
public final class EditableMembers {
  private final MemberTable table = new MemberTable();
  private final FactMap facts = new FactMap(new HashMap<>());

  public MemberView view() {
    return table;
  }

  public Map<String, Bytes> facts() {
    return facts.facts();
  }

  public void found(List<ClusterMember> founders) {
    table.foundIfNew(founders, facts);
  }

  /** Adds a member, or replaces the one with its id. */
  public void put(ClusterMember member) {
    table.put(member, facts);
  }

  public void remove(long id) {
    table.remove(new Command.MemberRemove(id), facts);
  }

  public void reset(ClusterMember survivor) {
    table.reset(new Command.MemberReset(survivor), facts);
  }

  public void restore(Map<String, Bytes> found) {
    table.restore(found);
  }
}
