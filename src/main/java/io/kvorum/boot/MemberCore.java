package io.kvorum.boot;

import io.kvorum.apply.Alarms;
import io.kvorum.apply.Applier;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.LeadershipListener;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.consensus.hazelcast.RaftPorts;
import io.kvorum.consensus.hazelcast.RaftSettings;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.lease.LeaseClock;
import io.kvorum.lease.LeaseTable;
import io.kvorum.lease.Lessor;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.RevisionHistory;
import io.kvorum.ops.ClusterLog;
import io.kvorum.peer.PeerSettings;
import io.kvorum.service.AttributePublisher;
import io.kvorum.service.ConfirmedProposals;
import io.kvorum.service.ForceNewCluster;
import io.kvorum.service.Services;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The core of a member, wired: store, leases, members, watch hub and consensus over the two durable
 * ports, and the link to the other members.
 *
 * <p>{@link #start} and {@link #close} are called by one thread; the parts are thread-safe as they
 * say.
 */
final class MemberCore implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MemberCore.class.getName());
  private static final long DEPARTURE_SECONDS = 1;
  private static final long SUCCESSOR_CHECK_MILLIS = 10;

  /** What the core is made of that outlives it, or is made for it. */
  record Ground(
      HistoryDirectories directories,
      RevisionHistory history,
      WriteAheadLog log,
      CommandCodec codec,
      UnaryOperator<RevisionHistory> meter) {}

  private final MemberStart.Outcome start;
  private final MvccStore store;
  private final LeaseTable leases = new LeaseTable();
  private final Lessor expiry;
  private final Alarms alarms = new Alarms();
  private final MemberTable members = new MemberTable();
  private final ClusterLog clusterLog;
  private final AttributePublisher publication;
  private final ForceNewCluster survivor;
  private final WatchHub hub;
  private final Applier applier;
  private final CommandCodec codec;
  private final ClusterLink link;
  private final RaftConsensus consensus;
  private final long electionTimeoutNanos;

  /**
   * @param onFailure told why the member must stop
   */
  MemberCore(
      MemberConfig config,
      MemberStart.Outcome start,
      Ground ground,
      List<InetSocketAddress> peerAddresses,
      Consumer<Throwable> onFailure) {
    HeapBudget heap = HeapBudget.ofThisJvm();
    long selfId = start.identity().memberId();
    this.start = start;
    codec = ground.codec();
    clusterLog = new ClusterLog(selfId, members);
    electionTimeoutNanos = config.raft().electionTimeout().toNanos();
    store = new MvccStore(ground.history(), heap.store(), onFailure);
    hub = new WatchHub(store, config.watchProgressInterval(), new Random(), onFailure);
    expiry = new Lessor(leases, System::nanoTime, new ConfirmedProposals(this::consensus)::propose);
    applier = new Applier(new Applier.State(store, leases, expiry, alarms, members), hub::publish);
    link =
        new ClusterLink(
            PeerSettings.of(peerAddresses, config.raft().electionTimeout()),
            start.identity(),
            new ClusterLink.Core(store, applier, hub, members),
            ground.directories(),
            ground.meter(),
            this::consensus,
            () -> onFailure.accept(new RemovedException(selfId)));
    consensus =
        new RaftConsensus(
            start.raft(),
            raftSettings(config, heap),
            new RaftPorts(
                ground.log(),
                applier,
                codec,
                link.transport(),
                link.transfer(),
                members,
                new OwnLeadership(selfId, onFailure)),
            onFailure);
    publication =
        new AttributePublisher(
            selfId,
            config.name(),
            MemberUrl.texts(config.listeners().advertisedClient()),
            members,
            consensus);
    survivor =
        new ForceNewCluster(
            new ClusterMember(
                selfId,
                config.name(),
                MemberUrl.texts(config.peers().advertised()),
                List.of(),
                false),
            members,
            consensus);
  }

  /** The clocks of the leases run where the leader is. */
  private final class OwnLeadership implements LeadershipListener {
    private final long selfId;
    private final Consumer<Throwable> onFailure;

    private OwnLeadership(long selfId, Consumer<Throwable> onFailure) {
      this.selfId = selfId;
      this.onFailure = onFailure;
    }

    @Override
    public void onElected() {
      expiry.promote(electionTimeoutNanos, consensus.status().term());
    }

    @Override
    public void onDeposed() {
      expiry.demote();
    }

    @Override
    public void onLeaderChange(long leaderId, long term) {
      clusterLog.leaderIs(leaderId, term);
    }

    @Override
    public void onRemoved() {
      depart(selfId, onFailure);
    }
  }

  /**
   * As etcd does: time for the last answers, and to hand leadership over; only who has heard it by
   * the log has any.
   */
  private static void depart(long selfId, Consumer<Throwable> onFailure) {
    CompletableFuture.delayedExecutor(DEPARTURE_SECONDS, TimeUnit.SECONDS)
        .execute(() -> onFailure.accept(new RemovedException(selfId)));
  }

  /**
   * Recovers everything from disk, and takes part; returns when this member has applied what it
   * knows to be committed, whether or not there is a leader yet.
   *
   * @param onJoined run by a member that joins when its log and state are durable, before any other
   *     member may count on them
   * @param ownLeases answers other members if this one is the leader
   * @param ownPromotion likewise
   * @throws IOException if what is on disk cannot be used, or an address not be listened on
   */
  void start(Housekeeping.Completion onJoined, LeaseClock ownLeases, MemberPromotion ownPromotion)
      throws IOException {
    applier.open(store.open());
    applier.foundIfNew(start.founders());
    hub.start();
    consensus.start();
    consensus.ready().join();
    clusterLog.start();
    if (start.raft().isJoining()) {
      onJoined.run();
    }
    if (start.raft().isForcedNewCluster()) {
      goAlone();
    }
    link.start(ownLeases, ownPromotion);
  }

  private void goAlone() throws IOException {
    try {
      survivor.goAlone().join();
    } catch (CompletionException e) {
      throw new IOException("--force-new-cluster: the others could not be removed", e.getCause());
    }
  }

  /** Whether this member knows that the cluster does without it; its vote may still be needed. */
  boolean isOut() {
    return members.wasRemoved(start.identity().memberId());
  }

  Services.Core parts() {
    return new Services.Core(store, consensus, codec, leases, expiry, alarms, members);
  }

  RaftConsensus consensus() {
    return consensus;
  }

  ClusterLink link() {
    return link;
  }

  AttributePublisher publication() {
    return publication;
  }

  WatchHub hub() {
    return hub;
  }

  /** Lets another member lead, if this one does and another one can, and waits until it does. */
  void handOver() {
    boolean led = consensus.status().isLeader();
    try {
      consensus.handOver().get(2 * electionTimeoutNanos, TimeUnit.NANOSECONDS);
      long deadline = System.nanoTime() + electionTimeoutNanos;
      while (led && !consensus.status().hasLeader() && System.nanoTime() < deadline) {
        Thread.sleep(SUCCESSOR_CHECK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "leadership was not handed over before the stop: the others will elect a leader");
    }
  }

  @Override
  public void close() throws IOException {
    hub.close();
    link.close();
    consensus.close();
    store.close();
  }

  private static RaftSettings raftSettings(MemberConfig config, HeapBudget heap) {
    RaftSettings defaults = RaftSettings.defaults();
    return defaults
        .withTimeouts(
            config.raft().heartbeat().toMillis(), config.raft().electionTimeout().toMillis())
        .withSnapshotCount(config.raft().snapshotCount())
        .withPending(defaults.maxPendingProposals(), heap.pendingProposals());
  }

  /** The least time to live of a lease, as etcd sets it: three halves of an election timeout. */
  static long minLeaseTtlSeconds(MemberConfig config) {
    long millis = config.raft().electionTimeout().toMillis() * 3 / 2;
    return Math.max(1, TimeUnit.MILLISECONDS.toSeconds(millis + 999));
  }
}
