package io.kvorum.service;

import io.kvorum.apply.Alarms;
import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.Consensus;
import io.kvorum.lease.LeaseClock;
import io.kvorum.lease.LeaseView;
import io.kvorum.lease.Lessor;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.membership.MemberView;
import io.kvorum.mvcc.MvccStore;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** The services of one member, made from the core. */
public final class Services {

  /** The parts of the core that the services stand on. */
  public record Core(
      MvccStore store,
      Consensus consensus,
      CommandCodec codec,
      LeaseView leases,
      Lessor lessor,
      Alarms alarms,
      MemberView members) {}

  /**
   * What operators set.
   *
   * @param quotaBytes as {@link SpaceQuota} takes it
   * @param minLeaseTtlSeconds what a shorter time to live is raised to
   * @param requestTimeout how long a question to the leader may wait for one
   */
  public record Limits(
      int maxRequestBytes,
      int maxTxnOps,
      long quotaBytes,
      long minLeaseTtlSeconds,
      Duration requestTimeout,
      ClusterRules cluster) {}

  /**
   * The other members: how they are connected, and the ways to the one that leads. The ways find
   * the leader by themselves; they fail with NOT_LEADER if whom they asked does not lead, with
   * NO_LEADER if there is nobody to ask.
   */
  public record Others(Connectivity connectivity, LeaseClock leases, MemberPromotion promotion) {

    /** There are none, so that this member is asked for everything. */
    public static Others none() {
      return new Others(Connectivity.NONE, new NoLeader(), new NoLeader());
    }
  }

  /**
   * What comes from outside.
   *
   * @param workers runs reads that are large or touch the disk
   * @param leaseIds random numbers
   * @param clock tells the time of day
   * @param delays let a question wait until it is asked again
   */
  public record Surroundings(
      Executor workers, LongSupplier leaseIds, Clock clock, Scheduler delays) {}

  private final Headers headers;
  private final KvService kv;
  private final LeaseService lease;
  private final ClusterService cluster;
  private final MaintenanceService maintenance;
  private final LeaseClock localLeases;
  private final LocalPromotion localPromotion;

  public Services(
      Core core, Limits limits, Identity identity, Others others, Surroundings surroundings) {
    MvccStore store = core.store();
    Consensus consensus = core.consensus();
    MemberView members = core.members();
    long selfId = identity.memberId();
    Proposals proposals = new Proposals(consensus, core.codec(), limits.maxRequestBytes());
    SpaceQuota quota = new SpaceQuota(store, consensus, selfId, limits.quotaBytes());
    QuorumCheck quorum =
        new QuorumCheck(members, selfId, others.connectivity(), limits.cluster().isStrict());
    LeaderCall leader = new LeaderCall(consensus, surroundings.delays(), limits.requestTimeout());
    localLeases = new LocalLeaseClock(core.leases(), core.lessor(), consensus);
    localPromotion = new LocalPromotion(members, consensus, proposals, quorum);
    headers = new Headers(identity, store, consensus);
    kv =
        new KvService(
            store, consensus, proposals, quota, surroundings.workers(), limits.maxTxnOps());
    lease =
        new LeaseService(
            core.leases(),
            core.lessor(),
            new LeaseService.Clocks(leader, localLeases, others.leases()),
            consensus,
            proposals,
            quota,
            surroundings.leaseIds(),
            limits.minLeaseTtlSeconds());
    cluster =
        new ClusterService(
            members,
            consensus,
            proposals,
            new ClusterService.Settings(
                selfId, quorum, limits.cluster().maxLearners(), surroundings.clock()),
            new ClusterService.Promotions(leader, localPromotion, others.promotion()));
    maintenance =
        new MaintenanceService(
            new MaintenanceService.Reported(store, quota, core.alarms(), members),
            selfId,
            consensus,
            proposals);
  }

  /** What this member answers to others that take it for the leader. */
  public LeaseClock localLeases() {
    return localLeases;
  }

  /** What this member answers to others that take it for the leader. */
  public MemberPromotion localPromotion() {
    return localPromotion;
  }

  /** What came of the promotions that this member was asked for. */
  public PromotionStats.Stats promotions() {
    return localPromotion.stats();
  }

  public Headers headers() {
    return headers;
  }

  public KvService kv() {
    return kv;
  }

  public LeaseService lease() {
    return lease;
  }

  public ClusterService cluster() {
    return cluster;
  }

  public MaintenanceService maintenance() {
    return maintenance;
  }
}
