package io.kvorum.boot;

import io.kvorum.consensus.LeadershipListener;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.lease.Lessor;
import io.kvorum.log.ProtobufCommandCodec;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ApiVersion;
import io.kvorum.ops.ClusterLog;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.grpc.GrpcPeerTransport;
import io.kvorum.peer.grpc.PeerSnapshotTransfer;
import io.kvorum.service.ForceNewCluster;
import io.kvorum.service.Services;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.tls.PeerTls;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Wires this member with the others: their connections, snapshots from them, consensus over the
 * state, and a link to each member of the table. It drives the state through consensus alone, and
 * knows of no client.
 *
 * <p>Held by: WholeMemberTest, ClusterRepairIT.
 */
final class ClusterParts {
  private static final Log LOG = Log.of(ClusterParts.class);

  /** Time to answer the last requests and to transfer leadership, as in etcd. */
  private static final long DEPARTURE_SECONDS = 1;

  private static final long SUCCESSOR_CHECK_MILLIS = 10;

  private final Groundwork ground;
  private final Duration electionTimeout;
  private final ProtobufCommandCodec codec = new ProtobufCommandCodec();
  private final MemberView members;
  private final ClusterLog clusterLog;
  private final GrpcPeerTransport transport;
  private final PeerSnapshotTransfer transfer;
  private final RaftConsensus consensus;
  private final MemberLinks links;

  /**
   * @param tls secures the connections to other members
   * @param readiness learns whether there is a leader
   */
  ClusterParts(Groundwork ground, StateParts state, PeerTls tls, Readiness readiness) {
    this.ground = ground;
    electionTimeout = ground.config().raft().electionTimeout();
    members = state.members();
    clusterLog = new ClusterLog(ground.memberId(), members);
    transport =
        new GrpcPeerTransport(
            ground.settings().peer(),
            tls,
            new PeerIdentity(ground.identity().clusterId(), ground.memberId()),
            members::nameOf,
            new Random());
    transfer = new PeerSnapshotTransfer(transport, state.installation());
    consensus =
        new RaftConsensus(
            ground.start().raft(),
            ground.settings().raft(),
            new RaftPorts(
                state.log(),
                state.applier(),
                codec,
                transport,
                transfer,
                members,
                new Leadership(state.lessor(), readiness)),
            ground.onFailure());
    links = new MemberLinks(members, consensus, transport);
  }

  /**
   * Runs the clocks of the leases while this member is the leader. A member that learns of its
   * removal from the log stops after a while; until then it may still have to answer, and to
   * transfer leadership.
   */
  private final class Leadership implements LeadershipListener {
    private final Lessor lessor;
    private final Readiness readiness;

    private Leadership(Lessor lessor, Readiness readiness) {
      this.lessor = lessor;
      this.readiness = readiness;
    }

    @Override
    public void onElected(long term) {
      lessor.promote(electionTimeout.toNanos(), term);
    }

    @Override
    public void onDeposed() {
      lessor.demote();
    }

    @Override
    public void onLeaderChange(long leaderId, long term) {
      clusterLog.leaderChanged(leaderId, term);
      readiness.leaderChanged(leaderId != 0);
    }

    @Override
    public void onRemoved() {
      CompletableFuture.delayedExecutor(DEPARTURE_SECONDS, TimeUnit.SECONDS)
          .execute(ClusterParts.this::failAsRemoved);
    }
  }

  private void failAsRemoved() {
    ground.onFailure().accept(new RemovedException(ground.identity().label()));
  }

  /** Returns when this member has applied what it knows to be committed. */
  void start() {
    consensus.start();
    consensus.ready().join();
  }

  /** Logs the members, and every change of them and of the leader from now on. */
  void startLog() {
    clusterLog.start();
  }

  /**
   * Connects to the other members, and answers them.
   *
   * @throws IOException if an address cannot be listened on
   */
  void connect(Services services, StoreSnapshots snapshots) throws IOException {
    links.start(
        new PeerServices(
            this::describe,
            services.localLeases(),
            services.localPromotion(),
            services.store()::answer,
            snapshots),
        this::failAsRemoved);
  }

  /** Makes this member the only one of its cluster. */
  void forceNewCluster() throws IOException {
    try {
      new ForceNewCluster(ground.settings().self(ground.memberId()), members, consensus)
          .run()
          .join();
    } catch (CompletionException e) {
      throw new IOException(
          "--force-new-cluster: the others could not be removed", Futures.cause(e));
    }
  }

  /** If this member is the leader and another can be, waits until that one is. */
  void transferLeadership() {
    boolean wasLeader = consensus.status().isLeader();
    try {
      consensus.transferLeadership().get(2 * electionTimeout.toNanos(), TimeUnit.NANOSECONDS);
      long deadline = System.nanoTime() + electionTimeout.toNanos();
      while (wasLeader && !hasLeader() && System.nanoTime() < deadline) {
        Thread.sleep(SUCCESSOR_CHECK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warning("leadership was not transferred before the stop: the others will elect a leader");
    }
  }

  void disconnect() {
    transfer.close();
    transport.close();
  }

  void closeConsensus() {
    consensus.close();
  }

  boolean hasLeader() {
    return consensus.status().hasLeader();
  }

  /** Whether there is a leader, or was one a moment ago. */
  RecentLeader recentLeader() {
    return new RecentLeader(this::hasLeader, electionTimeout.multipliedBy(3), System::nanoTime);
  }

  /** The leader, for requests that it answers; 0 if there is none, or if it is this member. */
  long leaderElsewhere() {
    long leader = consensus.status().leaderId();
    return leader == ground.memberId() ? 0 : leader;
  }

  private ClusterDescription describe() {
    var status = consensus.status();
    return new ClusterDescription(
        ground.identity().clusterId(),
        ground.memberId(),
        status.leaderId(),
        status.term(),
        members.members(),
        ApiVersion.SERVER);
  }

  /** Whether this member knows that it was removed; the Raft group may still need its vote. */
  boolean isOut() {
    return members.wasRemoved(ground.memberId());
  }

  ProtobufCommandCodec codec() {
    return codec;
  }

  GrpcPeerTransport transport() {
    return transport;
  }

  RaftConsensus consensus() {
    return consensus;
  }
}
