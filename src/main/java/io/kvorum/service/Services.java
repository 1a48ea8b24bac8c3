package io.kvorum.service;

import io.kvorum.apply.AccessCheck;
import io.kvorum.apply.StateView;
import io.kvorum.auth.Authenticator;
import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.Consensus;
import io.kvorum.lease.LeaseClock;
import io.kvorum.lease.Lessor;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.mvcc.FreshHistory;
import io.kvorum.support.MemoryBudget;
import io.kvorum.watch.WatchHub;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Builds the services of one member, the same for a real one and for a simulated one. Immutable.
 *
 * <p>Held by: LeaseServiceTest, ClusterServiceTest, ClusterSimulation.
 */
public final class Services {
  private final Headers headers;
  private final KvService kv;
  private final LeaseService lease;
  private final ClusterService cluster;
  private final MaintenanceService maintenance;
  private final StoreService store;
  private final CorruptionChecks corruptionChecks;
  private final KeyQueue queue;
  private final LockService lock;
  private final ElectionService election;
  private final Access access;
  private final AuthService auth;
  private final LeaseClock localLeases;
  private final LocalPromotion localPromotion;

  /**
   * @param authParts what clients show, and what they get for it
   * @param state what reads are answered from
   * @param hub where callers that wait for a lock watch
   * @param connectivity to the other members
   * @param remoteLeases calls the leader; fails with NOT_LEADER if the member called is not, and
   *     with NO_LEADER if there is none to call
   * @param remotePromotion as {@code remoteLeases}
   * @param peerHashes asks other members
   * @param memory what requests and results of clients are taken from
   * @param workers runs reads that are large or touch the disk
   * @param storeReaders runs what reads the whole store
   * @param freshHistories where the store may move to, another one each time
   * @param leaseIds random numbers
   * @param clock the wall clock
   * @param scheduler delays calls that are repeated
   */
  public Services(
      Identity identity,
      ServiceSettings settings,
      AuthParts authParts,
      StateView state,
      Lessor lessor,
      Consensus consensus,
      CommandCodec codec,
      WatchHub hub,
      Connectivity connectivity,
      LeaseClock remoteLeases,
      MemberPromotion remotePromotion,
      PeerHashes peerHashes,
      MemoryBudget memory,
      Executor workers,
      Executor storeReaders,
      Supplier<FreshHistory> freshHistories,
      LongSupplier leaseIds,
      Clock clock,
      Scheduler scheduler) {
    long selfId = identity.memberId();
    access =
        new Access(
            state.auth(),
            new Authenticator(state.auth(), authParts.tokens(), new AppliedLog(consensus)),
            new AccessCheck(state.auth(), state.leases()),
            authParts.certificatesNameUsers());
    Proposals proposals = new Proposals(consensus, codec, settings.client().maxRequestBytes());
    SpaceQuota quota =
        new SpaceQuota(state.store(), state.leases(), consensus, selfId, settings.quotaBytes());
    QuorumCheck quorum =
        new QuorumCheck(state.members(), selfId, connectivity, settings.cluster().isStrict());
    localLeases = new LocalLeaseClock(state.leases(), lessor, consensus);
    localPromotion = new LocalPromotion(state.members(), consensus, proposals, quorum);
    headers = new Headers(identity, state.store(), consensus);
    kv =
        new KvService(
            access,
            state.store(),
            consensus,
            proposals,
            quota,
            memory,
            workers,
            settings.client().maxTxnOps());
    lease =
        new LeaseService(
            access,
            state.leases(),
            lessor,
            new LeaderCall<>(
                localLeases, remoteLeases, consensus, scheduler, settings.requestTimeout()),
            consensus,
            proposals,
            quota,
            leaseIds,
            settings.minLeaseTtlSeconds(),
            workers);
    cluster =
        new ClusterService(
            access,
            selfId,
            state.members(),
            consensus,
            proposals,
            quorum,
            settings.cluster().maxLearners(),
            new LeaderCall<>(
                localPromotion, remotePromotion, consensus, scheduler, settings.requestTimeout()),
            clock);
    maintenance =
        new MaintenanceService(
            selfId,
            state.store(),
            state.alarms(),
            state.members(),
            quota,
            consensus,
            proposals,
            new DowngradeService(state.downgrade(), consensus, proposals));
    store = new StoreService(state.store(), freshHistories, storeReaders, scheduler);
    corruptionChecks =
        new CorruptionChecks(
            selfId,
            state.members(),
            state.alarms(),
            store,
            consensus,
            peerHashes,
            settings.requestTimeout(),
            scheduler::nanoTime);
    queue = new KeyQueue(kv, lease, hub, scheduler, state.store()::revision);
    lock = new LockService(queue, kv);
    election = new ElectionService(queue);
    auth = new AuthService(access, consensus, proposals, authParts.passwords(), authParts.tokens());
  }

  /** How far this member has applied the log. */
  record AppliedLog(Consensus consensus) implements Authenticator.LogPosition {
    @Override
    public long appliedIndex() {
      return consensus.status().appliedIndex();
    }

    @Override
    public CompletableFuture<Void> catchUp() {
      return consensus.readIndex();
    }
  }

  /** Whether a client may see the inside of this member; see {@link Access#administers}. */
  public CompletableFuture<Boolean> administers(Caller caller) {
    return access.administers(caller);
  }

  /** The user that a client is; see {@link Access#userOf}. */
  public String userOf(Caller caller) {
    return access().userOf(caller);
  }

  /** That of the member itself. */
  Access access() {
    return access;
  }

  public AuthService auth() {
    return auth;
  }

  /** What this member answers to others that take it for the leader. */
  public LeaseClock localLeases() {
    return localLeases;
  }

  /** What this member answers to others that take it for the leader. */
  public MemberPromotion localPromotion() {
    return localPromotion;
  }

  /** The outcomes of the promotions that this member was asked for. */
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

  public StoreService store() {
    return store;
  }

  public CorruptionChecks corruptionChecks() {
    return corruptionChecks;
  }

  /**
   * Completes as soon as no call waits for a lock or an election here, and those that have ended
   * without their answer have left no key.
   */
  public CompletableFuture<Void> whenNobodyQueues() {
    return queue.claims().whenNone();
  }

  public LockService lock() {
    return lock;
  }

  public ElectionService election() {
    return election;
  }
}
