package io.kvorum.peer;

import io.kvorum.lease.LeaseClock;
import io.kvorum.membership.MemberPromotion;
import java.util.function.Supplier;

/**
 * Bundles what a member serves to other members. All but the snapshots are called by event loops
 * and must not block.
 *
 * @param leases fails with NOT_LEADER unless this member is the leader
 * @param promotion likewise
 * @param hashes any member answers
 */
public record PeerServices(
    Supplier<ClusterDescription> description,
    LeaseClock leases,
    MemberPromotion promotion,
    HashSource hashes,
    SnapshotSource snapshots) {}
