package io.kvorum.grpc;

import io.grpc.DecompressorRegistry;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts gRPC's server on the addresses for clients. Immutable.
 *
 * <p>Held by: ClientPortTest, RequestLimitsTest, GrpcSideTest.
 *
 * @param services what is served, which may be decided later
 * @param healthGuard what calls of the health service pass
 */
record GrpcListener(
    PortSettings settings,
    LateServices services,
    RpcMeter meter,
    HealthCalls health,
    LateGuard healthGuard) {
  private static final int FLOW_CONTROL_WINDOW = 1 << 20;

  /**
   * A part of a message that has not arrived as a whole keeps all of the buffer that it was read
   * into: that of 64 KiB, as by default, would be eight times what is counted.
   */
  private static final int LARGEST_READ_BYTES = 16 << 10;

  private static final int FIRST_READ_BYTES = 2 << 10;
  private static final int SMALLEST_READ_BYTES = 64;
  private static final int MAX_METADATA_BYTES = 64 << 10;

  /** Calls of reflection at a time: one that is not read holds an answer of some tens of KiB. */
  private static final int MOST_REFLECTIONS = 64;

  /** The longest request of a service that is not etcd's, which is a name, in bytes. */
  private static final int LARGEST_NAME_BYTES = 1 << 10;

  /**
   * Listens on addresses that are either all sockets or all of the internet.
   *
   * @param negotiator decides which connections are gRPC's
   * @throws IOException if an address cannot be listened on; the message names it
   */
  Server listen(
      List<SocketAddress> addresses,
      Transport transport,
      EventLoopGroup loops,
      InternalProtocolNegotiator.ProtocolNegotiator negotiator)
      throws IOException {
    List<SocketAddress> bindable = addresses.stream().map(transport::bindable).toList();
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                bindable.get(0), InternalNettyServerCredentials.create(negotiator))
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .channelType(transport.listenerType(addresses.get(0)))
            .directExecutor()
            .flowControlWindow(FLOW_CONTROL_WINDOW)
            .withChildOption(
                ChannelOption.RCVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(
                    SMALLEST_READ_BYTES, FIRST_READ_BYTES, LARGEST_READ_BYTES))
            .maxInboundMessageSize(settings.calls().maxMessageBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .decompressorRegistry(
                DecompressorRegistry.getDefaultInstance().with(new GzipOnRead(), true))
            .maxConcurrentCallsPerConnection(settings.faces().grpc().mostStreams())
            .keepAliveTime(settings.faces().grpc().pingInterval().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(settings.faces().grpc().pingTimeout().toNanos(), TimeUnit.NANOSECONDS)
            .permitKeepAliveTime(
                settings.faces().grpc().leastPingGap().toNanos(), TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(false)
            // It would end relayed connections, which have no handshake; the sniffer has its own.
            .handshakeTimeout(Long.MAX_VALUE, TimeUnit.MILLISECONDS)
            .addStreamTracerFactory(meter)
            .addStreamTracerFactory(new Arrivals.Tracers())
            .addService(
                limited(
                    ServerInterceptors.intercept(
                        health, new CountedCalls(Integer.MAX_VALUE), healthGuard)))
            .addService(
                limited(
                    ServerInterceptors.intercept(
                        ProtoReflectionServiceV1.newInstance(),
                        new CountedCalls(MOST_REFLECTIONS))))
            .fallbackHandlerRegistry(services);
    bindable.stream().skip(1).forEach(builder::addListenAddress);
    if (addresses.get(0) instanceof UnixDomainSocketAddress) {
      // gRPC sets it; a socket does not have it, and would warn of it at each connection.
      builder.withChildOption(ChannelOption.SO_KEEPALIVE, null);
    }
    InternalNettyServerBuilder.setStatsEnabled(builder, false);
    InternalNettyServerBuilder.setTracingEnabled(builder, false);
    try {
      return builder.build().start();
    } catch (IOException failure) {
      throw explained(bindable, failure);
    }
  }

  /** A service that is not etcd's: its requests are names, and need no more than that. */
  private ServerServiceDefinition limited(ServerServiceDefinition service) {
    return ReadableRequests.of(service, settings.calls().maxMessageBytes(), LARGEST_NAME_BYTES);
  }

  /** gRPC's message ends with the address, and its cause has the reason. */
  private static IOException explained(List<SocketAddress> addresses, IOException failure) {
    String message = String.valueOf(failure.getMessage());
    SocketAddress where =
        addresses.stream()
            .filter(address -> message.endsWith(String.valueOf(address)))
            .findFirst()
            .orElse(addresses.get(0));
    return ListenFailure.of(where, failure.getCause() == null ? failure : failure.getCause());
  }
}
