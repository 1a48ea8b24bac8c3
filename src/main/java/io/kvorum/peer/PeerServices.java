package io.kvorum.peer;

import io.kvorum.lease.LeaseClock;
import io.kvorum.membership.MemberPromotion;
import java.util.function.Supplier;

/**
 * What a member does for the others when they ask. All of it is called by event loops and must not
 * block, but for the state.
 *
 * @param description who the cluster is, as this member knows it
 */
public record PeerServices(
    Supplier<ClusterDescription> description,
    LeaseClock leases,
    MemberPromotion promotion,
    SnapshotSource state) {}
