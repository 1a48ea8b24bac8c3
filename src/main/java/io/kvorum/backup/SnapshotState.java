package io.kvorum.backup;

import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import java.util.List;
import java.util.Map;

/**
 * What a snapshot file holds beside its changes, and where these end. Immutable.
 *
 * @param lastChange the revision of the last change; 0 if there is none
 * @param compactedRevision {@link Revision#NEVER_COMPACTED}, or the later one of etcd's two marks:
 *     a compaction that was begun is to be finished
 * @param kept by {@link EtcdFacts}
 * @param storageVersion such as "3.6.0"; empty before etcd 3.6
 */
public record SnapshotState(
    long lastChange,
    long compactedRevision,
    List<GrantedLease> leases,
    List<Alarm> alarms,
    Map<String, Bytes> kept,
    String storageVersion) {
  public SnapshotState {
    leases = List.copyOf(leases);
    alarms = List.copyOf(alarms);
    kept = Map.copyOf(kept);
  }

  /**
   * A lease.
   *
   * @param ttlSeconds as granted
   */
  public record GrantedLease(long id, long ttlSeconds) {}

  /** The revision of the store. */
  public long revision() {
    return Math.max(Math.max(lastChange, compactedRevision), Revision.EMPTY_STORE);
  }
}
