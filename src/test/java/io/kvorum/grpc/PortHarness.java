package io.kvorum.grpc;

import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.MemoryBudget;
import io.kvorum.tls.TlsListeners;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Runs a client port on a free port of loopback, with services of the test, and its clients. */
final class PortHarness implements AutoCloseable {
  static final int MAX_REQUEST_BYTES = 1 << 20;

  static final OperatorPages NO_PAGES =
      new OperatorPages() {
        @Override
        public boolean has(String path) {
          return false;
        }

        @Override
        public CompletableFuture<PlainAnswer> answer(Request request) {
          throw new AssertionError(request);
        }
      };

  final RelayedConnections relayed = new RelayedConnections();
  final ClientPort port;
  private final List<ManagedChannel> channels = new ArrayList<>();

  /** Serves at once; without an endpoint, JSON is served elsewhere. */
  PortHarness(
      StreamRegistry streams,
      List<ServerServiceDefinition> services,
      @Nullable InetSocketAddress httpEndpoint)
      throws IOException {
    this(settings(0), NO_PAGES);
    if (httpEndpoint == null) {
      port.jsonServedAt(() -> "elsewhere");
    } else {
      port.relayTo(httpEndpoint);
    }
    port.provide(streams, services);
    port.serve();
  }

  /** Serves at once, within that budget, and no JSON. */
  PortHarness(MemoryBudget memory, List<ServerServiceDefinition> services) throws IOException {
    this(memory, Long.MAX_VALUE / 2, services);
  }

  /** The same, where connections and calls have so much to be there. */
  PortHarness(MemoryBudget memory, long presenceBytes, List<ServerServiceDefinition> services)
      throws IOException {
    this(
        settings(0).withMemory(memory.stats().bytes() / 2, presenceBytes),
        NO_PAGES,
        memory,
        TlsListeners.none());
    port.provide(new StreamRegistry(() -> true), services);
    port.serve();
  }

  /** Listens, and holds clients until {@link #serve}. */
  PortHarness(PortSettings settings, OperatorPages pages) throws IOException {
    this(settings, pages, MemoryBudget.unlimited(), TlsListeners.none());
  }

  /** The same over TLS. */
  PortHarness(PortSettings settings, OperatorPages pages, TlsListeners tls) throws IOException {
    this(settings, pages, MemoryBudget.unlimited(), tls);
  }

  /** Serves at once: JSON from that endpoint, and that service by gRPC. */
  PortHarness serve(HttpEndpoint endpoint, ServerServiceDefinition service) {
    port.relayTo(endpoint.address());
    port.provide(new StreamRegistry(() -> true), List.of(service));
    port.serve();
    return this;
  }

  private PortHarness(
      PortSettings settings, OperatorPages pages, MemoryBudget memory, TlsListeners tls)
      throws IOException {
    port = new ClientPort(settings, pages, relayed, memory, tls);
    port.listen();
  }

  static PortSettings settings(int port) {
    return PortSettings.of(
        List.of(new InetSocketAddress("127.0.0.1", port)),
        new ClientLimits(MAX_REQUEST_BYTES, 128, 4 << 20),
        Duration.ofMillis(20));
  }

  InetSocketAddress address() {
    return port.addresses().get(0);
  }

  ManagedChannel channel() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address())
            .usePlaintext()
            .flowControlWindow(64 << 10)
            .maxInboundMessageSize(64 << 20)
            .build();
    channels.add(channel);
    return channel;
  }

  Socket socket() throws IOException {
    Socket socket = new Socket(address().getAddress(), address().getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    port.close();
  }
}
