package io.kvorum.membership;

import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.FactSink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A table of members that tests edit without an applier, and the facts that it writes. */
public final class EditableMembers implements FactSink {
  private final MemberTable table = new MemberTable();
  private final Map<String, Bytes> facts = new HashMap<>();

  public MemberView view() {
    return table;
  }

  public Map<String, Bytes> facts() {
    return facts;
  }

  public void found(List<ClusterMember> founders) {
    table.foundIfNew(founders, this);
  }

  /** Adds a member, or replaces the one with its id. */
  public void put(ClusterMember member) {
    table.put(member, this);
  }

  public void remove(long id) {
    table.remove(new Command.MemberRemove(id), this);
  }

  public void reset(ClusterMember survivor) {
    table.reset(new Command.MemberReset(survivor), this);
  }

  public void restore(Map<String, Bytes> found) {
    table.restore(found);
  }

  @Override
  public void put(String name, Bytes value) {
    facts.put(name, value);
  }

  @Override
  public void remove(String name) {
    facts.remove(name);
  }
}
