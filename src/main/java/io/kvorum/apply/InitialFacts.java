package io.kvorum.apply;

import io.kvorum.lease.LeaseTable;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.FactSink;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Collects the facts of a state that begins with what comes from elsewhere, in the forms that the
 * state machine reads at its start. Confined to one thread.
 *
 * <p>Held by: RestoreTest.
 */
public final class InitialFacts {
  private final Map<String, Bytes> facts = new TreeMap<>();
  private final LeaseTable leases = new LeaseTable();
  private final Alarms alarms = new Alarms();
  private final FactSink sink =
      new FactSink() {
        @Override
        public void put(String name, Bytes value) {
          facts.put(name, value);
        }

        @Override
        public void remove(String name) {
          facts.remove(name);
        }
      };

  /** The members that found the cluster; once. */
  public void members(Collection<ClusterMember> founders) {
    new MemberTable().foundIfNew(founders, sink);
  }

  /** The group of voters, which is opaque here. */
  public void voters(byte[] group) {
    facts.put(Applier.GROUP, Bytes.wrap(group));
  }

  /**
   * A lease with all of its time.
   *
   * @throws io.kvorum.model.RequestException if there is one of that id
   */
  public void lease(long id, long ttlSeconds) {
    leases.grant(id, ttlSeconds, sink);
  }

  public void alarm(Alarm alarm) {
    alarms.activate(alarm, sink);
  }

  /** A fact that the state machine does not know, and keeps. */
  public void other(String name, Bytes value) {
    facts.put(name, value);
  }

  public Map<String, Bytes> facts() {
    return Map.copyOf(facts);
  }
}
