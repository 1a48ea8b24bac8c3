package io.kvorum.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.GrpcLog;
import io.kvorum.support.Log;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Listens on the addresses of {@code --listen-client-urls}, serves gRPC and relays HTTP/1.1.
 *
 * <p>Two event loops do all the work, and nothing on them may block: requests are decoded, started
 * and answered there, without an executor in between. Thread-safe; starts and stops once.
 */
public final class ClientPort implements AutoCloseable {
  private static final int FLOW_CONTROL_WINDOW = 1 << 20;
  private static final int MAX_METADATA_BYTES = 64 << 10;
  private static final long KEEP_ALIVE_HOURS = 2;
  private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 20;
  private static final long MIN_KEEP_ALIVE_SECONDS = 5;
  private static final Duration GRACE = Duration.ofMillis(500);
  private static final Duration LAST_GRACE = Duration.ofMillis(100);

  private static final Log LOG = Log.of(ClientPort.class);

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
   * Configures the port.
   *
   * @param addresses where to listen; port 0 lets the system choose
   * @param eventLoops the number of threads that serve the connections
   * @param leaderCheckInterval how often open streams that require a leader are checked
   */
  public record Settings(
      List<InetSocketAddress> addresses,
      ClientLimits limits,
      int eventLoops,
      Duration leaderCheckInterval) {
    public Settings {
      addresses = List.copyOf(addresses);
      if (addresses.isEmpty()) {
        throw new IllegalArgumentException("no address to listen on");
      }
    }

    /** The usual settings: two event loops, a check for a leader per election timeout. */
    public static Settings of(
        List<InetSocketAddress> addresses, ClientLimits limits, Duration electionTimeout) {
      return new Settings(addresses, limits, 2, electionTimeout);
    }
  }

  /**
   * A port that serves etcd's API.
   *
   * @param hasLeader true while a leader is known
   * @param hasRecentLeader false once there has been no leader for so long that streams that
   *     require one are to be ended; asked periodically
   * @param httpEndpoint where HTTP/1.1 connections are relayed to; empty if they are not served
   */
  public static ClientPort of(
      Settings settings,
      EtcdServices services,
      BooleanSupplier hasLeader,
      BooleanSupplier hasRecentLeader,
      Supplier<Optional<InetSocketAddress>> httpEndpoint,
      RelayedConnections relayedConnections) {
    CallGuard guard = new CallGuard(hasLeader, services.cluster()::isLearner);
    StreamRegistry streams = new StreamRegistry(hasRecentLeader);
    return new ClientPort(
        settings,
        streams,
        services.define(guard, streams, settings.limits()),
        httpEndpoint,
        relayedConnections);
  }

  /**
   * @param streams where the calls of the services are registered
   */
  ClientPort(
      Settings settings,
      StreamRegistry streams,
      List<ServerServiceDefinition> services,
      Supplier<Optional<InetSocketAddress>> httpEndpoint,
      RelayedConnections relayedConnections) {
    this.settings = settings;
    this.httpEndpoint = httpEndpoint;
    this.relayedConnections = relayedConnections;
    this.streams = streams;
    this.services = List.copyOf(services);
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
    GrpcLog.quieten();
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

  /** The addresses it listens on, with the ports that the system chose. */
  public synchronized List<InetSocketAddress> addresses() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    if (server != null) {
      for (SocketAddress address : server.getListenSockets()) {
        addresses.add((InetSocketAddress) address);
      }
    }
    return addresses;
  }

  /** Figures of each method. */
  public List<RpcStats> stats() {
    return meter.stats();
  }

  /** Stops listening, ends open streams, and gives calls a moment to finish. */
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
      // The end of the event loops closes the remaining connections without a status for their
      // calls: clients see an unavailable server, where a reset would be a cancellation.
      loops
          .shutdownGracefully(0, LAST_GRACE.toMillis(), TimeUnit.MILLISECONDS)
          .await(2 * LAST_GRACE.toMillis());
    } catch (InterruptedException interrupted) {
      LOG.warning("interrupted while closing the client port");
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
            .maxInboundMessageSize(settings.limits().maxMessageBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .keepAliveTime(KEEP_ALIVE_HOURS, TimeUnit.HOURS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .permitKeepAliveTime(MIN_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            // It would end relayed connections, which have no handshake; the sniffer has its own.
            .handshakeTimeout(Long.MAX_VALUE, TimeUnit.MILLISECONDS)
            .addStreamTracerFactory(meter)
            .addService(health.getHealthService());
    settings.addresses().stream().skip(1).forEach(builder::addListenAddress);
    services.forEach(builder::addService);
    InternalNettyServerBuilder.setStatsEnabled(builder, false);
    InternalNettyServerBuilder.setTracingEnabled(builder, false);
    return builder.build();
  }

  /** gRPC's message ends with the address, and its cause has the reason. */
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
