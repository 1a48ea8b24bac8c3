package io.kvorum.boot;

import io.kvorum.boot.config.Http2Config;
import io.kvorum.boot.config.Listeners;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.grpc.PortSettings;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.peer.PeerSettings;
import io.kvorum.service.AutoCompaction;
import io.kvorum.service.BackupSettings;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClusterRules;
import io.kvorum.service.HttpRules;
import io.kvorum.service.ServiceSettings;
import io.kvorum.support.MemoryBudget;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tracing.Traces;
import io.kvorum.watch.WatchHub;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Translates the member's configuration into the settings of each part, with etcd's rules for what
 * is derived. Immutable.
 */
record PartSettings(MemberConfig config, HeapShares heap) {
  private static final long MOST_PENDING_BYTES = 256L << 20;

  /** How long a call waits for memory that others use. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  static PartSettings of(MemberConfig config) {
    return new PartSettings(config, new HeapShares(Runtime.getRuntime().maxMemory()));
  }

  StoreSettings store() {
    return new StoreSettings(heap.cachedVersions(), heap.cachedPages(), heap.unwritten());
  }

  RaftSettings raft() {
    RaftSettings defaults = RaftSettings.defaults();
    return defaults
        .withTimeouts(
            config.raft().heartbeat().toMillis(), config.raft().electionTimeout().toMillis())
        .withSnapshotCount(config.raft().snapshotCount())
        .withPending(defaults.maxPendingProposals(), Math.min(MOST_PENDING_BYTES, callsBytes()));
  }

  /** What calls of clients may make the member hold at once; one connection may use half. */
  MemoryBudget memory() {
    // Refusing is quick, and done by the timer's own thread: on a machine with two cores the
    // default would start a thread for each refusal.
    return new MemoryBudget(
        callsBytes(),
        callsBytes() / 2,
        CompletableFuture.delayedExecutor(
            PATIENCE.toMillis(), TimeUnit.MILLISECONDS, Runnable::run));
  }

  private long callsBytes() {
    return heap.calls(config.limits().maxRequestBytes());
  }

  WatchHub.Memory watchMemory() {
    return new WatchHub.Memory(heap.unseenEvents(), heap.recentEvents(), heap.queuedEvents());
  }

  PeerSettings peer() {
    return PeerSettings.of(addresses(config.peers().listen()), config.raft().electionTimeout());
  }

  ClientLimits client() {
    return new ClientLimits(
        config.limits().maxRequestBytes(), config.limits().maxTxnOps(), heap.unfinished());
  }

  ServiceSettings services() {
    return new ServiceSettings(
        client(),
        config.limits().quotaBytes().orElse(-1),
        minLeaseTtlSeconds(),
        requestTimeout(),
        new ClusterRules(config.peers().strictReconfigCheck(), config.peers().maxLearners()));
  }

  /** What holds for HTTP requests of clients. */
  HttpRules http() {
    return new HttpRules(
        config.http().origins(), config.http().hosts(), config.http().hasGateway());
  }

  PortSettings clientPort() {
    Listeners listeners = config.listeners();
    return PortSettings.of(places(listeners.client()), client(), config.raft().electionTimeout())
        .withMemory(heap.arriving(), heap.presence())
        .withRules(http())
        .withMostPerAddress(config.limits().maxConnectionsPerAddress())
        .withHttp2(http2(config.limits().http2()))
        .watching(
            new PortSettings.Watched(
                config.observing().isExtensive(), config.observing().tracing().isPresent()))
        .withHttp(places(listeners.clientHttp()), places(listeners.metrics()));
  }

  private static PortSettings.Http2 http2(Http2Config config) {
    return new PortSettings.Http2(
        config.mostStreams(), config.leastPingGap(), config.pingInterval(), config.pingTimeout());
  }

  /** Which listeners of clients speak TLS, always or if the client does. */
  TlsListeners clientListeners(ServerTls tls) {
    List<MemberUrl> urls = config.listeners().all();
    Set<SocketAddress> plain = places(urls, url -> !url.isSecure());
    Set<SocketAddress> shared = places(urls, MemberUrl::isSecure);
    shared.retainAll(plain);
    plain.removeAll(shared);
    return new TlsListeners(tls, plain, shared);
  }

  /** The addresses for other members where TLS is not spoken. */
  Set<SocketAddress> plainPeerAddresses() {
    return places(config.peers().listen(), url -> !url.isSecure());
  }

  private static Set<SocketAddress> places(List<MemberUrl> urls, Predicate<MemberUrl> which) {
    return new HashSet<>(places(urls.stream().filter(which).toList()));
  }

  /** As in etcd: time for the disk, and for two elections. */
  Duration requestTimeout() {
    return config.raft().electionTimeout().multipliedBy(2).plusSeconds(5);
  }

  /** Null if only clients compact. */
  @Nullable AutoCompaction autoCompaction() {
    if (config.autoCompaction().isOff()) {
      return null;
    }
    return config.autoCompaction().period().isZero()
        ? new AutoCompaction.ByRevision(config.autoCompaction().revisions())
        : new AutoCompaction.ByTime(config.autoCompaction().period(), System::nanoTime);
  }

  /** Empty if no backups are made on a schedule. */
  Optional<BackupSettings> backups() {
    return config
        .backups()
        .map(backups -> new BackupSettings(backups.interval(), backups.keep(), backups.member()));
  }

  /** Empty if calls are not traced. */
  Optional<Traces.Settings> tracing() {
    return config
        .observing()
        .tracing()
        .map(
            tracing ->
                new Traces.Settings(
                    tracing.host(),
                    tracing.port(),
                    tracing.service(),
                    tracing.instance(),
                    tracing.callsPerMillion()));
  }

  /** This member as the settings describe it, before it has published its client URLs. */
  ClusterMember self(long memberId) {
    return new ClusterMember(
        memberId, config.name(), MemberUrl.texts(config.peers().advertised()), List.of(), false);
  }

  /** As in etcd: one and a half election timeouts, rounded up. */
  private long minLeaseTtlSeconds() {
    long millis = config.raft().electionTimeout().toMillis() * 3 / 2;
    return Math.max(1, TimeUnit.MILLISECONDS.toSeconds(millis + 999));
  }

  private static List<InetSocketAddress> addresses(List<MemberUrl> urls) {
    return urls.stream().map(PartSettings::address).toList();
  }

  private static InetSocketAddress address(MemberUrl url) {
    return url.isWildcard()
        ? new InetSocketAddress(url.port())
        : new InetSocketAddress(url.host(), url.port());
  }

  /** Addresses, some of which may be those of sockets; each once. */
  private static List<SocketAddress> places(List<MemberUrl> urls) {
    return urls.stream()
        .map(url -> url.isSocket() ? UnixDomainSocketAddress.of(url.host()) : address(url))
        .distinct()
        .toList();
  }
}
