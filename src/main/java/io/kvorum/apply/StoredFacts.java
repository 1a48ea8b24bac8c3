package io.kvorum.apply;

import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseTable;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Downgrade;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells what the facts of a store say of the state beside the keys, as the state machine reads them
 * at its start; the counterpart of {@link InitialFacts}. Immutable.
 *
 * <p>Held by: SnapshotExportTest.
 *
 * @param removed the ids of members that were removed
 */
public record StoredFacts(
    Collection<Lease> leases,
    List<Alarm> alarms,
    List<ClusterMember> members,
    Set<Long> voters,
    Set<Long> removed,
    Downgrade downgrade) {

  /** Reads the facts; those of others are left out. */
  public static StoredFacts of(Map<String, Bytes> facts) {
    LeaseTable leases = new LeaseTable();
    leases.restore(facts, Map.of());
    Alarms alarms = new Alarms();
    alarms.restore(facts);
    MemberTable members = new MemberTable();
    members.restore(facts);
    DowngradeState downgrade = new DowngradeState();
    downgrade.restore(facts);
    return new StoredFacts(
        List.copyOf(leases.all()),
        alarms.active(),
        members.members(),
        Set.copyOf(members.voters()),
        members.removed(),
        downgrade.current());
  }
}
