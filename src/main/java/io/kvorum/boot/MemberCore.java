package io.kvorum.boot;

import io.kvorum.apply.Alarms;
import io.kvorum.apply.Applier;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.consensus.hazelcast.RaftIdentity;
import io.kvorum.consensus.hazelcast.RaftPorts;
import io.kvorum.consensus.hazelcast.RaftSettings;
import io.kvorum.lease.LeaseExpiry;
import io.kvorum.lease.LeaseTable;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.RevisionHistory;
import io.kvorum.service.Identity;
import io.kvorum.service.Services;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The core of a member, wired: store, leases, watch hub and consensus over the two durable ports.
 *
 * <p>{@link #start} and {@link #close} are called by one thread; the parts are thread-safe as they
 * say.
 */
final class MemberCore implements AutoCloseable {
  private final MvccStore store;
  private final LeaseTable leases = new LeaseTable();
  private final LeaseExpiry expiry;
  private final Alarms alarms = new Alarms();
  private final MemberTable members = new MemberTable();
  private final ClusterMember self;
  private final WatchHub hub;
  private final Applier applier;
  private final CommandCodec codec;
  private final RaftConsensus consensus;
  private final long electionTimeoutNanos;

  /**
   * @param onFailure told why the member must stop
   */
  MemberCore(
      MemberConfig config,
      Identity identity,
      RevisionHistory history,
      WriteAheadLog log,
      CommandCodec codec,
      Consumer<Throwable> onFailure) {
    HeapBudget heap = HeapBudget.ofThisJvm();
    this.codec = codec;
    self =
        new ClusterMember(
            identity.memberId(),
            config.name(),
            MemberUrl.texts(config.peers().advertised()),
            MemberUrl.texts(config.listeners().advertisedClient()),
            false);
    store = new MvccStore(history, heap.store(), onFailure);
    hub =
        new WatchHub(
            new StoreSource(store), config.watchProgressInterval(), new Random(), onFailure);
    expiry = new LeaseExpiry(leases, System::nanoTime, this::proposeAsLeader);
    applier = new Applier(new Applier.State(store, leases, expiry, alarms, members), hub::publish);
    consensus =
        new RaftConsensus(
            RaftIdentity.sole(identity.memberId()),
            raftSettings(config, heap),
            RaftPorts.sole(identity.memberId(), log, applier, codec),
            onFailure);
    electionTimeoutNanos = config.raft().electionTimeout().toNanos();
  }

  /**
   * Recovers everything from disk and begins to serve; returns when that is done.
   *
   * @throws IOException if what is on disk cannot be used
   */
  void start() throws IOException {
    applier.restore(store.open());
    applier.foundIfNew(List.of(self));
    hub.start();
    CompletableFuture<Void> leading =
        consensus.ready().thenRun(() -> expiry.promote(electionTimeoutNanos));
    consensus.start();
    leading.join();
    publishSelf();
  }

  /** The flags may say another name, or other client URLs, than at the last start. */
  private void publishSelf() {
    ClusterMember known = members.find(self.id());
    if (known == null
        || (known.name().equals(self.name()) && known.clientUrls().equals(self.clientUrls()))) {
      return;
    }
    Result published =
        propose(new Command.MemberAttributes(self.id(), self.name(), self.clientUrls())).join();
    if (published instanceof Result.Rejected rejected) {
      throw new IllegalStateException("this member may not say its name: " + rejected.code());
    }
  }

  Services.Core parts() {
    return new Services.Core(store, consensus, codec, leases, expiry, alarms, members);
  }

  RaftConsensus consensus() {
    return consensus;
  }

  WatchHub hub() {
    return hub;
  }

  @Override
  public void close() throws IOException {
    hub.close();
    consensus.close();
    store.close();
  }

  /** Leases outlive the constructor that makes them, and consensus is made after them. */
  private CompletableFuture<Result> propose(Command command) {
    Consensus proposer = consensus;
    return proposer.propose(command);
  }

  /**
   * That this member leads is confirmed first, and that it still does is asked after that: a leader
   * that has been deposed without knowing must not end leases which the next one has renewed.
   */
  private CompletableFuture<Result> proposeAsLeader(Command command) {
    Consensus proposer = consensus;
    return proposer
        .confirmRead()
        .thenCompose(
            confirmed ->
                proposer.status().isLeader()
                    ? proposer.propose(command)
                    : CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER)));
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
