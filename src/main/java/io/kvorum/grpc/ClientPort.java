package io.kvorum.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.kvorum.service.RelayedConnections;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of {@code --listen-client-urls}: gRPC is served here, HTTP/1.1 is relayed.
 *
 * <p>Two event loops do all of it, and nothing on them may block: requests are decoded, started and
 * answered there, with no executor in between. Thread-safe; starts and stops once.
 */
public final class ClientPort implements AutoCloseable {
  private static final int FLOW_CONTROL_WINDOW = 1 << 20;
  private static final int MAX_METADATA_BYTES = 64 << 10;
  private static final long KEEP_ALIVE_HOURS = 2;
  private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 20;
  private static final long MIN_KEEP_ALIVE_SECONDS = 5;
  private static final Duration GRACE = Duration.ofMillis(500);
  private static final Duration LAST_GRACE = Duration.ofMillis(100);

  private static final System.Logger LOG = System.getLogger(ClientPort.class.getName());

  private final Settings settings;
  private final Supplier<Optional<InetSocketAddress>> httpEndpoint;
  private final RelayedConnections relayedConnections;
  private final List<ServerServiceDefinition> services;
  private final StreamRegistry streams;
  private final RpcMeter meter;
  private final HealthStatusManager health = new HealthStatusManager();
  private final Map<EventLoop, Outbox> outboxes = new ConcurrentHashMap<>();

  // Set by start, under the lock.
  private @Nullable EventLoopGroup loops;
  private @Nullable Server server;

  /**
   * What operators set.
   *
   * @param addresses where to listen; port 0 lets the system choose
   * @param maxRequestBytes the largest request; what gRPC may add to it comes on top
   * @param eventLoops how many threads serve the connections
   * @param leaderCheckInterval how often it is looked whether streams that need a leader have one
   */
  public record Settings(
      List<InetSocketAddress> addresses,
      int maxRequestBytes,
      int eventLoops,
      Duration leaderCheckInterval) {
    private static final int GRPC_OVERHEAD_BYTES = 512 << 10;

    public Settings {
      addresses = List.copyOf(addresses);
      if (addresses.isEmpty()) {
        throw new IllegalArgumentException("no address to listen on");
      }
    }

    /** The usual settings: two event loops; a leader is looked for every election timeout. */
    public static Settings of(
        List<InetSocketAddress> addresses, int maxRequestBytes, Duration electionTimeout) {
      return new Settings(addresses, maxRequestBytes, 2, electionTimeout);
    }

    /** The largest message taken, and where watch responses are cut if the client allows it. */
    int maxMessageBytes() {
      return Math.addExact(maxRequestBytes, GRPC_OVERHEAD_BYTES);
    }
  }

  /**
   * @param hasLeader whether there is a leader now
   * @param hasHadLeader false when there has been none for so long that streams are to be ended;
   *     asked now and then
   * @param httpEndpoint where HTTP/1.1 connections go; empty if nobody serves them
   */
  public ClientPort(
      Settings settings,
      EtcdServices services,
      BooleanSupplier hasLeader,
      BooleanSupplier hasHadLeader,
      Supplier<Optional<InetSocketAddress>> httpEndpoint,
      RelayedConnections relayedConnections) {
    this(
        settings,
        streams -> services.define(streams, settings),
        new StreamRegistry(hasLeader, hasHadLeader, services.cluster()::isLearner),
        httpEndpoint,
        relayedConnections);
  }

  ClientPort(
      Settings settings,
      Function<StreamRegistry, List<ServerServiceDefinition>> services,
      StreamRegistry streams,
      Supplier<Optional<InetSocketAddress>> httpEndpoint,
      RelayedConnections relayedConnections) {
    this.settings = settings;
    this.httpEndpoint = httpEndpoint;
    this.relayedConnections = relayedConnections;
    this.streams = streams;
    this.services = List.copyOf(services.apply(streams));
    this.meter = new RpcMeter(methodsOf(this.services));
  }

  /**
   * Listens and serves.
   *
   * @throws IOException if an address cannot be listened on; the message names it
   */
  public synchronized void start() throws IOException {
    for (InetSocketAddress address : settings.addresses()) {
      if (address.isUnresolved()) {
        throw new IOException("cannot listen on " + text(address) + ": unknown host");
      }
    }
    TransportLog.quieten();
    Transport transport = Transport.best();
    EventLoopGroup group = transport.newLoops(settings.eventLoops());
    loops = group;
    try {
      server = build(transport, group).start();
    } catch (IOException failure) {
      group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      throw explained(failure);
    }
    long interval = settings.leaderCheckInterval().toMillis();
    group
        .next()
        .scheduleWithFixedDelay(streams::checkLeader, interval, interval, TimeUnit.MILLISECONDS);
  }

  /** The addresses that are listened on, with the ports that the system chose. */
  public synchronized List<InetSocketAddress> addresses() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    if (server != null) {
      for (SocketAddress address : server.getListenSockets()) {
        addresses.add((InetSocketAddress) address);
      }
    }
    return addresses;
  }

  /** What each method has done. */
  public List<RpcStats> stats() {
    return meter.stats();
  }

  /** Stops listening, ends the streams that are open, and lets calls finish for a moment. */
  @Override
  public synchronized void close() {
    if (server == null || loops == null) {
      return;
    }
    health.enterTerminalState();
    server.shutdown();
    streams.stop();
    try {
      server.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      // The end of the event loops closes what connections are left, without a word on their calls:
      // to a client that is an unavailable server, where a reset would be a cancellation.
      loops
          .shutdownGracefully(0, LAST_GRACE.toMillis(), TimeUnit.MILLISECONDS)
          .await(2 * LAST_GRACE.toMillis());
    } catch (InterruptedException interrupted) {
      LOG.log(System.Logger.Level.WARNING, "interrupted while the client port was closing");
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    server = null;
  }

  private Server build(Transport transport, EventLoopGroup group) {
    HttpRelay.Target target =
        new HttpRelay.Target(httpEndpoint, relayedConnections, transport.channelType());
    SniffingNegotiator negotiator =
        new SniffingNegotiator(
            loop -> outboxes.computeIfAbsent(loop, Outbox::new), () -> new HttpRelay(target));
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                settings.addresses().get(0), InternalNettyServerCredentials.create(negotiator))
            .bossEventLoopGroup(group)
            .workerEventLoopGroup(group)
            .channelType(transport.serverChannelType())
            .directExecutor()
            .flowControlWindow(FLOW_CONTROL_WINDOW)
            .maxInboundMessageSize(settings.maxMessageBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .keepAliveTime(KEEP_ALIVE_HOURS, TimeUnit.HOURS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .permitKeepAliveTime(MIN_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            // It would end relayed connections, which never shake hands; the sniffer has its own.
            .handshakeTimeout(Long.MAX_VALUE, TimeUnit.MILLISECONDS)
            .addStreamTracerFactory(meter)
            .addService(health.getHealthService());
    settings.addresses().stream().skip(1).forEach(builder::addListenAddress);
    services.forEach(builder::addService);
    InternalNettyServerBuilder.setStatsEnabled(builder, false);
    InternalNettyServerBuilder.setTracingEnabled(builder, false);
    return builder.build();
  }

  /** gRPC's message ends with the address, its cause tells the reason. */
  private IOException explained(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    String where =
        settings.addresses().stream()
            .filter(address -> message.endsWith(String.valueOf(address)))
            .findFirst()
            .or(() -> Optional.of(settings.addresses().get(0)))
            .map(ClientPort::text)
            .orElseThrow();
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    String reason =
        String.valueOf(cause.getMessage())
            .replaceFirst("^bind\\(\\.\\.\\) failed( with error\\(-\\d+\\))?: ", "");
    return new IOException("cannot listen on " + where + ": " + reason, failure);
  }

  private static String text(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }

  private static List<MethodDescriptor<?, ?>> methodsOf(List<ServerServiceDefinition> services) {
    List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        methods.add(method.getMethodDescriptor());
      }
    }
    return methods;
  }
}
