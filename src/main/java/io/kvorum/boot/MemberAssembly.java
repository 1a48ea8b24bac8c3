package io.kvorum.boot;

import io.kvorum.apply.Applier;
import io.kvorum.audit.AuditLog;
import io.kvorum.backup.BackupDirectory;
import io.kvorum.backup.DiskReserve;
import io.kvorum.boot.config.Audit;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.consensus.LeadershipListener;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.grpc.ClientPort;
import io.kvorum.grpc.EtcdServices;
import io.kvorum.lease.Lessor;
import io.kvorum.log.ProtobufCommandCodec;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ApiVersion;
import io.kvorum.model.MemberUrl;
import io.kvorum.mvcc.CompactionHashes;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.ops.ApplyMeter;
import io.kvorum.ops.ClusterLog;
import io.kvorum.ops.HealthChecks;
import io.kvorum.ops.LeaderWait;
import io.kvorum.ops.MemberPages;
import io.kvorum.ops.MemberReporter;
import io.kvorum.ops.MeteredHistory;
import io.kvorum.ops.MeteredLog;
import io.kvorum.ops.Timings;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.grpc.GrpcPeerTransport;
import io.kvorum.peer.grpc.PeerSnapshotTransfer;
import io.kvorum.peer.grpc.RemoteHashes;
import io.kvorum.peer.grpc.RemoteLeader;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.service.AttributePublisher;
import io.kvorum.service.AuthParts;
import io.kvorum.service.AutoDefragmentation;
import io.kvorum.service.BackupSettings;
import io.kvorum.service.Caller;
import io.kvorum.service.ClientServices;
import io.kvorum.service.ConfirmedProposals;
import io.kvorum.service.ForceNewCluster;
import io.kvorum.service.Identity;
import io.kvorum.service.Journal;
import io.kvorum.service.ScheduledBackups;
import io.kvorum.service.Scheduler;
import io.kvorum.service.Services;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.RareLog;
import io.kvorum.tls.PeerTls;
import io.kvorum.tracing.Traces;
import io.kvorum.watch.WatchHub;
import io.kvorum.wire.CallJournal;
import io.kvorum.wire.CallTimes;
import io.kvorum.wire.LearnerCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Wires one member; the only class that knows all of its parts. They are created bottom-up, in the
 * order of the drawing in ARCHITECTURE.md, each from parts that precede it here. What a part needs
 * of a later one is passed to its {@code start} method.
 *
 * <pre>
 *   MvccStore                                the keys
 *   WatchHub                                 the events
 *   Applier                                  the state machine: keys, leases, alarms, members
 *   Lessor                                   the clocks of the leases
 *   GrpcPeerTransport, PeerSnapshotTransfer  the other members
 *   RaftConsensus                            the order of the commands
 *   MemberLinks                              a link to each member of the table
 *   Services                                 the use cases
 *   ClientPort                               the gRPC face, which listens already; the JSON face is
 *                                            the container's
 *   BackupThread                             the scheduled backups, if there are to be any
 *   KeyRotation                              what is sealed with former keys is sealed anew
 *   Housekeeping                             the periodic tasks
 * </pre>
 *
 * <p>{@link #start} and {@link #close} are called by one thread; the javadoc of each part states
 * which threads may use it.
 *
 * <p>Held by: WholeMemberTest.
 */
final class MemberAssembly implements AutoCloseable {
  private static final Log LOG = Log.of(MemberAssembly.class);

  /** Time to answer the last requests and to transfer leadership, as in etcd. */
  private static final long DEPARTURE_SECONDS = 1;

  private static final long SUCCESSOR_CHECK_MILLIS = 10;

  /** Of slow calls, and of slow commands. */
  private static final int MOST_WARNINGS_PER_SECOND = 10;

  private final MemberStart.Outcome start;
  private final Identity identity;
  private final Consumer<Throwable> onFailure;
  private final long electionTimeoutNanos;
  private final boolean checksStoreAtStart;
  private final Timings timings = new Timings();
  private final ApplyMeter applyMeter;

  private final MvccStore store;
  private final WatchHub hub;
  private final AuthParts authParts;
  private final Applier applier;
  private final MemberView members;
  private final Lessor lessor;
  private final GrpcPeerTransport transport;
  private final PeerSnapshotTransfer transfer;
  private final RaftConsensus consensus;
  private final MemberLinks links;
  private final Workers workers = new Workers();
  private final Workers storeReaders = new Workers("kvorum-store-reader", 2);
  private final Services services;
  private final ClientServices clientServices;
  private final ClientPort clientPort;
  private final MemberPages pages;
  private final Readiness readiness;
  private final HealthChecks checks;
  private final MemberReporter reporter;
  private final ForceNewCluster forceNewCluster;
  private final Housekeeping housekeeping;
  private final KeyRotation keyRotation;
  private final Optional<BackupThread> backups;
  private final ClusterLog clusterLog;

  /**
   * @param clientPort listens already
   * @param pages of that port
   * @param memory what the clients of that port make the member hold
   * @param tls secures the connections to other members
   * @param audit notes the calls of clients; empty if nothing does
   * @param traces of those calls; empty if there are none
   * @param onFailure called once, on any thread, with the reason why the member must stop
   */
  MemberAssembly(
      PartSettings settings,
      MemberStart.Outcome start,
      Databases databases,
      ClientPort clientPort,
      MemberPages pages,
      MemoryBudget memory,
      PeerTls tls,
      Optional<AuditLog> audit,
      Optional<Traces> traces,
      Consumer<Throwable> onFailure) {
    MemberConfig config = settings.config();
    this.start = start;
    this.identity = start.identity();
    this.onFailure = onFailure;
    electionTimeoutNanos = config.raft().electionTimeout().toNanos();
    Function<Path, RevisionHistory> histories =
        place -> new MeteredHistory(databases.history(place), timings);
    store =
        new MvccStore(
            histories.apply(databases.histories().current()),
            settings.store(),
            config.corruptionChecks().ofCompactions()
                ? CompactionHashes.computedBy(storeReaders)
                : CompactionHashes.off(),
            onFailure);
    hub =
        new WatchHub(
            store, config.watchProgressInterval(), settings.watchMemory(), new Random(), onFailure);
    authParts = AuthStart.parts(config);
    applyMeter =
        new ApplyMeter(config.observing().slowApply(), rareLog(ApplyMeter.class), System::nanoTime);
    applier = new Applier(store, hub::publish, authParts.tokens().listener(), applyMeter);
    members = applier.view().members();
    lessor = new Lessor(applier.view().leases(), System::nanoTime);
    clusterLog = new ClusterLog(identity.memberId(), members);

    transport =
        new GrpcPeerTransport(
            settings.peer(),
            tls,
            new PeerIdentity(identity.clusterId(), identity.memberId()),
            members::nameOf,
            new Random());
    transfer =
        new PeerSnapshotTransfer(
            transport, new SnapshotInstall(databases.histories(), histories, store, applier, hub));
    ProtobufCommandCodec codec = new ProtobufCommandCodec();
    consensus =
        new RaftConsensus(
            start.raft(),
            settings.raft(),
            new RaftPorts(
                new MeteredLog(databases.log(), timings),
                applier,
                codec,
                transport,
                transfer,
                members,
                new Leadership()),
            onFailure);
    links = new MemberLinks(members, consensus, transport);

    RemoteLeader remoteLeader = new RemoteLeader(transport, this::leaderElsewhere);
    services =
        new Services(
            identity,
            settings.services(),
            authParts,
            applier.view(),
            lessor,
            traces.isPresent() ? traces.get().traced(consensus) : consensus,
            codec,
            hub,
            transport::isConnectedFor,
            remoteLeader,
            remoteLeader,
            new RemoteHashes(transport)::ask,
            memory,
            workers,
            storeReaders,
            () -> new DefragmentedHistory(databases.histories(), histories),
            new SecureRandom()::nextLong,
            Clock.systemUTC(),
            Scheduler.real());
    CallTimes callTimes =
        new CallTimes(
            config.observing().slowCall(),
            rareLog(CallTimes.class),
            System::nanoTime,
            Clock.systemUTC());
    clientServices =
        ClientServices.of(
            services,
            hub,
            new LearnerCalls(services.cluster()::isLearner),
            Journal.all(
                List.of(
                    callTimes,
                    journal(config.audit(), audit, services::userOf),
                    traces.map(Traces::journal).orElse(Journal.NONE))));
    this.clientPort = clientPort;
    clientPort.provide(
        new EtcdServices(clientServices, services.headers()),
        this::hasLeader,
        new RecentLeader(
            this::hasLeader, config.raft().electionTimeout().multipliedBy(3), System::nanoTime));
    this.pages = pages;
    keyRotation = new KeyRotation(databases, services.store()::defragment);
    Optional<ScheduledBackups> scheduledBackups =
        settings.backups().map(schedule -> scheduled(schedule, config, databases.sealing()::keys));
    backups = scheduledBackups.map(BackupThread::new);
    readiness = new Readiness(clientPort::serve, Scheduler.real());
    checks = HealthChecks.of(services.kv(), services.maintenance(), consensus);
    reporter =
        new MemberReporter(
            services.headers(),
            services.maintenance(),
            services.lease(),
            consensus,
            store,
            hub,
            clientPort,
            timings,
            checks,
            new MemberFigures(
                members,
                transport,
                services,
                scheduledBackups,
                keyRotation,
                audit,
                applyMeter,
                callTimes,
                config.observing().gates()));

    forceNewCluster = new ForceNewCluster(settings.self(identity.memberId()), members, consensus);
    housekeeping =
        new Housekeeping(
            lessor,
            consensus,
            store,
            new AttributePublisher(
                identity.memberId(),
                config.name(),
                MemberUrl.texts(config.listeners().advertisedClient()),
                members,
                consensus),
            new LeaderWait(
                identity.memberId(),
                config.listeners().client().toString(),
                members,
                transport::isConnectedFor,
                this::hasLeader,
                System::nanoTime),
            settings.requestTimeout(),
            settings.autoCompaction(),
            new AutoDefragmentation(
                members, identity.memberId(), config.autoDefragFreeRatio(), Clock.systemUTC()),
            services.store()::defragment,
            services.corruptionChecks(),
            config.corruptionChecks());
    checksStoreAtStart = config.corruptionChecks().atStart();
  }

  /** Writes on the common pool, which refuses nothing. */
  private static RareLog rareLog(Class<?> owner) {
    return new RareLog(
        Log.of(owner), MOST_WARNINGS_PER_SECOND, ForkJoinPool.commonPool(), System::nanoTime);
  }

  private static Journal journal(
      Optional<Audit> settings, Optional<AuditLog> audit, Function<Caller, String> users) {
    return audit.isEmpty() || settings.isEmpty()
        ? Journal.NONE
        : new CallJournal(settings.get().policy(), audit.get(), users, Clock.systemUTC());
  }

  private ScheduledBackups scheduled(
      BackupSettings schedule, MemberConfig config, Supplier<MasterKeys> keys) {
    Path directory = config.backups().orElseThrow().directory();
    return new ScheduledBackups(
        schedule,
        new BackupDirectory(
            directory,
            identity.clusterId(),
            identity.memberId(),
            new DiskReserve(directory, List.of(config.dataDirectory(), config.walDirectory())),
            keys),
        services.store(),
        consensus,
        members,
        config.name(),
        Clock.systemUTC(),
        Scheduler.real());
  }

  /**
   * Recovers everything from disk, and takes part in the cluster. Returns when this member has
   * applied what it knows to be committed, whether or not there is a leader yet. Clients are served
   * from when {@link Readiness} decides so, but {@linkplain #isOut not if the member was removed}.
   *
   * @param onDurable records that log and store are durable. A joiner does that before any other
   *     member may rely on them; the others later, in the background
   * @throws IOException if what is on disk cannot be used, or an address cannot be listened on
   */
  void start(Housekeeping.Completion onDurable) throws IOException {
    pages.recovering();
    applier.open(store.open());
    applier.foundIfNew(start.founders());
    if (checksStoreAtStart) {
      compareStore();
    }
    hub.start();
    lessor.start(new ConfirmedProposals(consensus)::propose);
    consensus.start();
    consensus.ready().join();
    authParts.tokens().start();
    clusterLog.start();
    if (start.raft().isJoining()) {
      onDurable.run();
    }
    if (start.raft().isForcedNewCluster()) {
      forceNewCluster();
    }
    links.start(
        new PeerServices(
            this::describe,
            services.localLeases(),
            services.localPromotion(),
            services.store()::answer,
            new StoreSnapshots(store)),
        () -> onFailure.accept(new RemovedException(identity.label())));
    housekeeping.start(onDurable);
    backups.ifPresent(BackupThread::start);
    keyRotation.start();
    if (isOut()) {
      pages.removed();
      clientPort.serveNobody("this member has been removed from the cluster");
    } else {
      pages.administeredBy(services::administers);
      pages.serving(
          checks,
          reporter::report,
          () -> services.maintenance().downgrades().current().clusterVersion());
      readiness.recovered();
    }
  }

  /**
   * Compares the store of a member that had one with those of the others, before it takes part. One
   * that has just fetched its store has nothing to compare, and one that continues alone has nobody
   * to compare with.
   *
   * @throws IOException if they differ
   */
  private void compareStore() throws IOException {
    if (store.durableIndex() == 0
        || start.raft().isJoining()
        || start.raft().isForcedNewCluster()) {
      return;
    }
    Optional<String> refusal;
    try {
      refusal = services.corruptionChecks().beforeStart().join();
    } catch (CompletionException e) {
      throw new IOException("the store cannot be hashed", Futures.cause(e));
    }
    if (refusal.isPresent()) {
      throw new IOException(refusal.get());
    }
  }

  private void forceNewCluster() throws IOException {
    try {
      forceNewCluster.run().join();
    } catch (CompletionException e) {
      throw new IOException(
          "--force-new-cluster: the others could not be removed", Futures.cause(e));
    }
  }

  /**
   * Transfers leadership, stops serving, and closes the parts from the top down. Log and store are
   * closed even if a part above them fails: where a WAR is undeployed by deleting it, a class that
   * was never used can no longer be loaded.
   */
  @Override
  public void close() throws IOException {
    readiness.end();
    pages.stopping();
    backups.ifPresent(BackupThread::close);
    keyRotation.close();
    transferLeadership();
    try {
      clientPort.stop();
      housekeeping.close();
      authParts.passwords().close();
      workers.close();
      storeReaders.close();
      hub.close();
      transfer.close();
      transport.close();
    } finally {
      try {
        consensus.close();
      } finally {
        store.close();
      }
    }
  }

  /** If this member is the leader and another can be, waits until that one is. */
  private void transferLeadership() {
    boolean wasLeader = consensus.status().isLeader();
    try {
      consensus.transferLeadership().get(2 * electionTimeoutNanos, TimeUnit.NANOSECONDS);
      long deadline = System.nanoTime() + electionTimeoutNanos;
      while (wasLeader && !hasLeader() && System.nanoTime() < deadline) {
        Thread.sleep(SUCCESSOR_CHECK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warning("leadership was not transferred before the stop: the others will elect a leader");
    }
  }

  /**
   * Runs the clocks of the leases while this member is the leader. A member that learns of its
   * removal from the log stops after a while; until then it may still have to answer, and to
   * transfer leadership.
   */
  private final class Leadership implements LeadershipListener {
    @Override
    public void onElected(long term) {
      lessor.promote(electionTimeoutNanos, term);
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
          .execute(() -> onFailure.accept(new RemovedException(identity.label())));
    }
  }

  private boolean hasLeader() {
    return consensus.status().hasLeader();
  }

  /** The leader, for requests that it answers; 0 if there is none, or if it is this member. */
  private long leaderElsewhere() {
    long leader = consensus.status().leaderId();
    return leader == identity.memberId() ? 0 : leader;
  }

  private ClusterDescription describe() {
    var status = consensus.status();
    return new ClusterDescription(
        identity.clusterId(),
        identity.memberId(),
        status.leaderId(),
        status.term(),
        members.members(),
        ApiVersion.SERVER);
  }

  /** Whether this member knows that it was removed; the Raft group may still need its vote. */
  boolean isOut() {
    return members.wasRemoved(identity.memberId());
  }

  MvccStore store() {
    return store;
  }

  MemberView members() {
    return members;
  }

  WatchHub hub() {
    return hub;
  }

  GrpcPeerTransport transport() {
    return transport;
  }

  RaftConsensus consensus() {
    return consensus;
  }

  Services services() {
    return services;
  }

  ClientServices clientServices() {
    return clientServices;
  }

  Readiness readiness() {
    return readiness;
  }

  MemberReporter reporter() {
    return reporter;
  }
}
