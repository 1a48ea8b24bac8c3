package io.kvorum.grpc;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.GrpcLog;
import io.kvorum.support.Log;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.SocketFile;
import io.kvorum.tls.TlsListeners;
import io.kvorum.wire.JsonCalls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Listens on the addresses at which clients reach the member, from the beginning of its start,
 * serves gRPC, answers the pages for operators and relays other HTTP.
 *
 * <p>It has two steps. {@link #listen} comes before everything else: pages are answered, other
 * clients wait, within limits. {@link #serve} opens it for gRPC, and for HTTP/1.1 as soon as {@link
 * #relayTo} has named the endpoint.
 *
 * <p>Event loops do all the work, and nothing on them may block: requests are decoded, started and
 * answered there, without an executor in between. One accepts connections, and answers the pages;
 * what turns out to be gRPC or JSON moves to one of two others, so that a flood of requests does
 * not delay probes. What comes over TLS moves there before its handshake. Thread-safe; starts and
 * stops once.
 */
public final class ClientPort implements AutoCloseable {
  private static final Duration GRACE = Duration.ofMillis(500);
  private static final Duration LAST_GRACE = Duration.ofMillis(100);

  /** Enough for a machine that is busy with much else: files of sockets go with what listens. */
  private static final Duration LISTENS_NO_MORE = Duration.ofSeconds(10);

  private static final String STOPPING = "this member is stopping";

  /** What etcd serves on the URLs for metrics. */
  private static final Set<String> METRICS_PAGES =
      Set.of("/metrics", "/health", "/livez", "/readyz");

  private static final Log LOG = Log.of(ClientPort.class);

  private final PortSettings settings;
  private final OperatorPages pages;
  private final RelayedConnections relayedConnections;
  private final ServingGate gate;
  private final HttpRouting routing;
  private final RequiredLeader leader = new RequiredLeader();
  private final LateServices services = new LateServices();
  private final RpcMeter meter;
  private final ClientVersions versions = new ClientVersions();
  private final JsonCalls jsonCalls = new JsonCalls(versions::countJson);
  private final HealthCalls health = new HealthCalls();
  private final LateGuard healthGuard = new LateGuard();
  private final TlsListeners tls;
  private final MemoryBudget memory;
  private final MemoryBudget arriving;
  private final Presence presence;
  private final Map<EventLoop, Outbox> outboxes = new ConcurrentHashMap<>();
  private final Map<Channel, ClientConnection> connections = new ConcurrentHashMap<>();
  private final Map<EventLoop, HttpRelay.Share> shares = new ConcurrentHashMap<>();

  // Closed by stop; what comes after that is closed at once.
  private final ChannelGroup grpcClients =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

  private final ChannelGroup relays = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /** One for each kind of address. Guarded by this. */
  private final List<Server> servers = new ArrayList<>();

  // Set by listen and serve, under the lock.
  private @Nullable EventLoopGroup acceptLoop;
  private @Nullable EventLoopGroup loops;
  private @Nullable HttpListeners httpListeners;
  private @Nullable StreamRegistry streams;
  private boolean isStopped;

  /**
   * @param pages answers the pages for operators, from the beginning
   * @param relayedConnections where the connections to the HTTP endpoint are registered
   * @param memory what results and answers are taken from
   * @param tls which of the addresses speak TLS
   */
  public ClientPort(
      PortSettings settings,
      OperatorPages pages,
      RelayedConnections relayedConnections,
      MemoryBudget memory,
      TlsListeners tls) {
    this.settings = settings;
    this.meter = new RpcMeter(jsonCalls, settings.faces().watched().measuresHandling());
    this.tls = tls;
    this.memory = memory;
    this.arriving =
        Arrivals.budget(settings.bounds().arrivingBytes(), settings.calls().maxMessageBytes());
    this.presence = new Presence(settings.bounds().presenceBytes(), settings.bounds().perAddress());
    this.pages = pages;
    this.relayedConnections = relayedConnections;
    this.gate = new ServingGate(settings.bounds().hold());
    this.routing = new HttpRouting(settings.bounds().hold());
  }

  /**
   * Listens. Pages are answered from now on; other clients wait.
   *
   * @throws IOException if an address cannot be listened on; the message names it
   */
  public synchronized void listen() throws IOException {
    prepare();
    GrpcLog.quieten();
    Transport transport = Transport.best();
    EventLoopGroup accepting = transport.newLoops(1, "kvorum-accept");
    EventLoopGroup serving = transport.newLoops(PortSettings.EVENT_LOOPS, "kvorum-net");
    acceptLoop = accepting;
    loops = serving;
    HttpListeners further = new HttpListeners(transport, accepting, serving, presence, tls);
    httpListeners = further;
    try {
      further.listen(
          settings.addresses().metrics(),
          accepting,
          new HttpFront.Offer(
              pages.only(METRICS_PAGES),
              null,
              settings.bounds().http(),
              this::heldOf,
              null,
              settings.faces().grpc().mostStreams()));
      further.listen(settings.addresses().http(), serving, offer(transport, routing));
      GrpcListener listener = new GrpcListener(settings, services, meter, health, healthGuard);
      for (List<SocketAddress> alike : settings.addresses().clientByKind()) {
        servers.add(listener.listen(alike, transport, accepting, negotiator(transport, serving)));
      }
    } catch (IOException failure) {
      further.close();
      servers.forEach(Server::shutdownNow);
      servers.clear();
      for (EventLoopGroup each : List.of(accepting, serving)) {
        each.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      }
      throw failure;
    }
  }

  /** Refuses addresses that have no number, and removes what earlier processes have left. */
  private void prepare() throws IOException {
    for (SocketAddress address : settings.addresses().all()) {
      if (address instanceof InetSocketAddress internet && internet.isUnresolved()) {
        throw ListenFailure.unknownHost(internet);
      }
      if (address instanceof UnixDomainSocketAddress socket) {
        try {
          SocketFile.makeWay(socket.getPath());
        } catch (IOException unusable) {
          throw ListenFailure.of(address, unusable);
        }
      }
    }
  }

  private HttpFront.Offer offer(Transport transport, HttpRouting route) {
    HttpRelay.Target target =
        new HttpRelay.Target(
            route,
            settings.bounds().hold(),
            settings.bounds().http(),
            relayedConnections,
            relays,
            presence,
            transport.channelType(),
            this::shareOf,
            leader);
    return new HttpFront.Offer(
        pages,
        settings.faces().http(),
        settings.bounds().http(),
        this::heldOf,
        settings.faces().http().servesJson() ? target : null,
        settings.faces().grpc().mostStreams());
  }

  private HeldBytes heldOf(EventLoop loop) {
    return shareOf(loop).held();
  }

  private HttpRelay.Share shareOf(EventLoop loop) {
    return shares.computeIfAbsent(
        loop,
        each ->
            new HttpRelay.Share(
                new RelayConnector(), new HeldBytes(settings.bounds().http().heldBytes())));
  }

  private SniffingNegotiator negotiator(Transport transport, EventLoopGroup serving) {
    HttpFront.Offer http =
        offer(
            transport,
            settings.addresses().http().isEmpty()
                ? routing
                : HttpRouting.elsewhere(
                    settings.bounds().hold(), () -> "on --listen-client-http-urls"));
    return new SniffingNegotiator(
        new PortSniffer.Ways(
            tls, gate, serving, grpcClients, presence, this::connect, pages::has, http));
  }

  private ClientConnection connect(Channel channel) {
    ClientConnection connection =
        new ClientConnection(
            channel,
            outboxes.computeIfAbsent(channel.eventLoop(), Outbox::new),
            memory.newAccount(),
            presence,
            new Arrivals(arriving.newAccount().open()),
            ClientConnection.sessionOf(channel));
    if (settings.faces().watched().readsTraceParents()) {
      connection.readTraceParents();
    }
    connections.put(channel, connection);
    channel.closeFuture().addListener(closed -> connections.remove(channel));
    return connection;
  }

  /** Called periodically. */
  void closeStalled() {
    connections.forEach(
        (channel, connection) -> channel.eventLoop().execute(connection::closeIfStalled));
  }

  /**
   * Takes the services, before {@link #serve}.
   *
   * @param hasLeader true while a leader is known
   * @param hasRecentLeader false once there has been no leader for so long that streams that
   *     require one are to be ended; asked periodically
   */
  public void provide(
      EtcdServices etcd, BooleanSupplier hasLeader, BooleanSupplier hasRecentLeader) {
    StreamRegistry registry = new StreamRegistry(hasRecentLeader);
    askForLeader(hasLeader);
    CallGuard guard = new CallGuard(hasLeader, etcd.services().admission(), versions);
    guardHealth(guard);
    provide(registry, etcd.define(guard, registry, settings.calls()));
  }

  /** Has calls of the health service pass that guard. */
  void guardHealth(CallGuard guard) {
    healthGuard.set(guard);
  }

  /** Has JSON calls that require a leader ask there. */
  void askForLeader(BooleanSupplier isKnown) {
    leader.askForIt(isKnown);
  }

  /**
   * @param registry where the calls of the services are registered
   */
  synchronized void provide(StreamRegistry registry, List<ServerServiceDefinition> definitions) {
    services.set(definitions, settings.calls().maxMessageBytes());
    meter.count(services.descriptors());
    streams = registry;
    leader.registerStreams(registry);
    registry.addRequiringLeader(health);
    EventLoopGroup group = loops;
    if (group != null) {
      long interval = settings.leaderCheckInterval().toMillis();
      group
          .next()
          .scheduleWithFixedDelay(registry::checkLeader, interval, interval, TimeUnit.MILLISECONDS);
      long check = ClientConnection.CHECK_INTERVAL.toMillis();
      group.next().scheduleWithFixedDelay(this::closeStalled, check, check, TimeUnit.MILLISECONDS);
    }
  }

  /** Serves clients, those that wait first. Does not block. */
  public void serve() {
    gate.open();
    routing.open();
    boolean isSplit = !settings.addresses().http().isEmpty();
    ServingLog log = new ServingLog(tls);
    log.write(listening(), isSplit ? "grpc" : "grpc+http");
    log.write(httpListening(), "http");
  }

  /** Serves nobody: this member does not belong to the cluster any more. Pages are answered. */
  public void serveNobody(String reason) {
    gate.bar();
    routing.unavailable(reason);
  }

  /** Relays HTTP/1.1 to that endpoint, which accepts connections, once clients are served. */
  public void relayTo(InetSocketAddress endpoint) {
    routing.relayTo(endpoint);
  }

  /** Refuses HTTP/1.1 but for pages, since there will be no endpoint. */
  public void httpUnavailable(String reason) {
    routing.unavailable(reason);
  }

  /**
   * Refuses HTTP/1.1 but for pages, since others serve it.
   *
   * @param where continues "it is served", such as "at http://10.0.0.1:9080/kvorum/v3/"; asked for
   *     each refusal, must not block
   */
  public void jsonServedAt(Supplier<String> where) {
    routing.servedAt(where);
  }

  /** The addresses for gRPC, with the ports that the system chose; not those of sockets. */
  public synchronized List<InetSocketAddress> addresses() {
    return ofInternet(listening());
  }

  /** The addresses for HTTP/1.1 alone, those for metrics first. */
  synchronized List<InetSocketAddress> httpAddresses() {
    return httpListeners == null ? List.of() : ofInternet(httpListeners.addresses());
  }

  private synchronized List<SocketAddress> listening() {
    return servers.stream()
        .<SocketAddress>flatMap(server -> server.getListenSockets().stream())
        .sorted(Comparator.comparing(ListenFailure::text))
        .toList();
  }

  private synchronized List<SocketAddress> httpListening() {
    return httpListeners == null
        ? List.of()
        : httpListeners.addresses().stream().skip(settings.addresses().metrics().size()).toList();
  }

  private static List<InetSocketAddress> ofInternet(List<SocketAddress> addresses) {
    return addresses.stream()
        .filter(InetSocketAddress.class::isInstance)
        .map(InetSocketAddress.class::cast)
        .toList();
  }

  /** How many clients of gRPC wait. */
  int waitingForGrpc() {
    return gate.room().size();
  }

  /** How many requests of HTTP/1.1 wait. */
  int waitingForHttp() {
    return routing.room().size();
  }

  /** Figures of the memory that clients make this member hold. */
  public MemoryBudget.Stats memory() {
    return memory.stats();
  }

  /** What connections and calls take by being there. */
  long presenceBytes() {
    return presence.usedBytes();
  }

  /** The same of requests that are arriving. */
  MemoryBudget.Stats arriving() {
    return arriving.stats();
  }

  /** Counts the calls over JSON, which {@link #stats} and {@link #clientVersions} include. */
  public JsonCalls jsonCalls() {
    return jsonCalls;
  }

  /** Figures of each method. */
  public List<RpcStats> stats() {
    return meter.stats();
  }

  /** How many calls there were, by the version of the API that their clients say they have. */
  public List<ClientVersions.Stats> clientVersions() {
    return versions.stats();
  }

  /**
   * Serves no client any more: ends open streams, and gives calls a moment to finish. Pages are
   * answered until {@link #close}.
   */
  public synchronized void stop() {
    if (servers.isEmpty() || isStopped) {
      return;
    }
    isStopped = true;
    health.stop();
    gate.bar();
    routing.unavailable(STOPPING);
    if (streams != null) {
      streams.stop();
    }
    try {
      // Each connection says goodbye at once, and ends with its last call.
      ChannelGroupFuture ended = grpcClients.newCloseFuture();
      grpcClients.close();
      ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    relays.forEach(
        relayed -> relayed.pipeline().fireUserEventTriggered(new HttpFront.Stop(STOPPING)));
  }

  /** Stops, and closes all sockets. */
  @Override
  public synchronized void close() {
    if (servers.isEmpty() || acceptLoop == null || loops == null) {
      return;
    }
    stop();
    servers.forEach(Server::shutdown);
    try {
      // The end of the event loops closes the remaining connections without a status for their
      // calls: clients see an unavailable server, where a reset would be a cancellation.
      // What accepts ends first: it moves connections to the others.
      if (!ends(acceptLoop, LISTENS_NO_MORE)) {
        LOG.warning("the client port is still being closed");
      }
      ends(loops, LAST_GRACE.multipliedBy(2));
    } catch (InterruptedException interrupted) {
      LOG.warning("interrupted while closing the client port");
      Thread.currentThread().interrupt();
    }
    servers.clear();
  }

  private static boolean ends(EventLoopGroup group, Duration atMost) throws InterruptedException {
    group.shutdownGracefully(0, LAST_GRACE.toMillis(), TimeUnit.MILLISECONDS);
    return group.terminationFuture().await(atMost.toMillis());
  }
}
