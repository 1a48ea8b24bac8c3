package io.kvorum.boot;

import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.Listeners;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.DerbyWal;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.grpc.ClientPort;
import io.kvorum.grpc.EtcdServices;
import io.kvorum.log.ProtobufCommandCodec;
import io.kvorum.ops.MeteredHistory;
import io.kvorum.ops.MeteredLog;
import io.kvorum.ops.Timings;
import io.kvorum.peer.PeerStats;
import io.kvorum.service.AutoCompaction;
import io.kvorum.service.ClusterRules;
import io.kvorum.service.Identity;
import io.kvorum.service.RelayedConnections;
import io.kvorum.service.Scheduler;
import io.kvorum.service.Services;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One member, whole: data directory, core, services and client port. It needs no container; in the
 * container {@code container.MemberLifecycle} starts and stops it.
 *
 * <p>{@link #start} and {@link #close} are called by one thread.
 */
public final class Member implements AutoCloseable {
  private final MemberConfig config;
  private final DataDirectory directory;
  private final MemberStart starting;
  private final Identity identity;
  private final MemberCore core;
  private final Timings timings;
  private final Workers workers = new Workers();
  private final Services services;
  private final RelayedConnections relayedConnections = new RelayedConnections();
  private final Housekeeping housekeeping;
  private final ClientPort clientPort;

  private Member(
      MemberConfig config,
      DataDirectory directory,
      MemberStart starting,
      MemberStart.Outcome start,
      MemberCore core,
      Timings timings) {
    this.timings = timings;
    this.config = config;
    this.directory = directory;
    this.starting = starting;
    this.identity = start.identity();
    this.core = core;
    this.services =
        new Services(
            core.parts(),
            limits(config),
            identity,
            core.link().others(),
            new Services.Surroundings(
                workers, new SecureRandom()::nextLong, Clock.systemUTC(), Scheduler.real()));
    this.housekeeping =
        new Housekeeping(
            core.parts().leaseExpiry(),
            core.consensus(),
            core.parts().store(),
            core.publication(),
            requestTimeout(config),
            autoCompaction(config));
    this.clientPort =
        new ClientPort(
            portSettings(config),
            new EtcdServices(
                services.kv(),
                core.hub(),
                services.lease(),
                services.cluster(),
                services.maintenance(),
                services.headers()),
            () -> core.consensus().status().hasLeader(),
            new RecentLeader(
                () -> core.consensus().status().hasLeader(),
                config.raft().electionTimeout().multipliedBy(3),
                System::nanoTime),
            () -> httpEndpoint(config),
            relayedConnections);
  }

  /**
   * Takes the data directory, finds out who this member is, and wires everything.
   *
   * @param onFailure told why the member must stop at once
   * @throws IOException if the directory cannot be used, or the cluster not be joined
   */
  public static Member open(MemberConfig config, Consumer<Throwable> onFailure) throws IOException {
    DataDirectory directory = DataDirectory.hold(config);
    try {
      return open(config, directory, onFailure);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** Looks at all files before it opens one: what is refused has not been changed. */
  private static Member open(
      MemberConfig config, DataDirectory directory, Consumer<Throwable> onFailure)
      throws IOException {
    HistoryDirectories directories = HistoryDirectories.in(directory.member());
    new DerbyHistory(directories.current()).verify();
    DerbyWal log = new DerbyWal(directory.wal());
    log.verify();
    MemberStart starting =
        new MemberStart(config, directory, directories, HeapBudget.ofThisJvm().store());
    MemberStart.Outcome start = starting.run();
    Timings timings = new Timings();
    MemberCore core =
        new MemberCore(
            config,
            start,
            new MemberCore.Ground(
                directories,
                new MeteredHistory(new DerbyHistory(directories.current()), timings),
                new MeteredLog(log, timings),
                new ProtobufCommandCodec(),
                history -> new MeteredHistory(history, timings)),
            config.peers().listen().stream().map(Member::address).toList(),
            onFailure);
    return new Member(config, directory, starting, start, core, timings);
  }

  /**
   * Recovers, then serves clients; but {@linkplain #isOut not if it was removed}.
   *
   * @throws IOException if what is on disk cannot be used, or an address not be listened on
   */
  public void start() throws IOException {
    core.start(
        () -> starting.completed(identity), services.localLeases(), services.localPromotion());
    housekeeping.start(() -> starting.completed(identity));
    if (!isOut()) {
      clientPort.start();
    }
  }

  /**
   * Whether this member was removed, and serves nobody. It goes on voting, which the others may
   * need until they have done without it once, and ends as soon as one of them says so.
   */
  public boolean isOut() {
    return core.isOut();
  }

  public MemberConfig config() {
    return config;
  }

  public Services services() {
    return services;
  }

  public Services.Core core() {
    return core.parts();
  }

  /** What goes over the peer port. */
  public PeerStats peers() {
    return core.link().stats();
  }

  public WatchHub watchHub() {
    return core.hub();
  }

  public RelayedConnections relayedConnections() {
    return relayedConnections;
  }

  public Timings timings() {
    return timings;
  }

  public ClientPort clientPort() {
    return clientPort;
  }

  /** Lets another member lead, stops serving, and gives the directory back last. */
  @Override
  public void close() throws IOException {
    core.handOver();
    clientPort.close();
    housekeeping.close();
    workers.close();
    try {
      core.close();
    } finally {
      directory.close();
    }
  }

  /** As etcd's: time for the disk, and for two elections. */
  private static Duration requestTimeout(MemberConfig config) {
    return config.raft().electionTimeout().multipliedBy(2).plusSeconds(5);
  }

  private static Services.Limits limits(MemberConfig config) {
    return new Services.Limits(
        config.limits().maxRequestBytes(),
        config.limits().maxTxnOps(),
        config.limits().quotaBytes().orElse(-1),
        MemberCore.minLeaseTtlSeconds(config),
        requestTimeout(config),
        new ClusterRules(config.peers().strictReconfigCheck(), config.peers().maxLearners()));
  }

  private static @Nullable AutoCompaction autoCompaction(MemberConfig config) {
    if (config.autoCompaction().isOff()) {
      return null;
    }
    return config.autoCompaction().period().isZero()
        ? new AutoCompaction.ByRevision(config.autoCompaction().revisions())
        : new AutoCompaction.ByTime(config.autoCompaction().period(), System::nanoTime);
  }

  private static ClientPort.Settings portSettings(MemberConfig config) {
    List<InetSocketAddress> addresses =
        config.listeners().client().stream().map(Member::address).toList();
    return ClientPort.Settings.of(
        addresses, config.limits().maxRequestBytes(), config.raft().electionTimeout());
  }

  /** Where the client URLs relay JSON to; nowhere if it has URLs of its own. */
  private static Optional<InetSocketAddress> httpEndpoint(MemberConfig config) {
    Listeners listeners = config.listeners();
    boolean servesJson = listeners.clientHttp().isEmpty() && listeners.relayPort().isPresent();
    return servesJson
        ? Optional.of(
            new InetSocketAddress(
                InetAddress.getLoopbackAddress(), listeners.relayPort().getAsInt()))
        : Optional.empty();
  }

  private static InetSocketAddress address(MemberUrl url) {
    return url.isWildcard()
        ? new InetSocketAddress(url.port())
        : new InetSocketAddress(url.host(), url.port());
  }
}
