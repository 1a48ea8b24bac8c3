package io.kvorum.grpc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.AsciiString;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Puts a {@link PortSniffer} in front of gRPC's own negotiation on each new connection.
 *
 * <p>This is grpc-netty's internal API: its version is pinned.
 *
 * <p>Held by: ClientPortTest, HttpRelayTest.
 */
final class SniffingNegotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
  private final InternalProtocolNegotiator.ProtocolNegotiator plaintext =
      InternalProtocolNegotiators.serverPlaintext();
  private final ServingGate gate;
  private final ChannelGroup clients;
  private final Presence presence;
  private final Function<Channel, ClientConnection> connectionOf;
  private final Supplier<ChannelHandler> other;

  /**
   * @param gate whether connections of HTTP/2 are served
   * @param clients takes the connections that are served
   * @param presence counts the connections
   * @param connectionOf makes what all calls of a connection share
   * @param other makes the handler of a connection that is not HTTP/2
   */
  SniffingNegotiator(
      ServingGate gate,
      ChannelGroup clients,
      Presence presence,
      Function<Channel, ClientConnection> connectionOf,
      Supplier<ChannelHandler> other) {
    this.gate = gate;
    this.clients = clients;
    this.presence = presence;
    this.connectionOf = connectionOf;
    this.other = other;
  }

  @Override
  public AsciiString scheme() {
    return plaintext.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpcHandler) {
    return new PortSniffer(
        plaintext.newHandler(grpcHandler), gate, clients, presence, connectionOf, other);
  }

  @Override
  public void close() {
    plaintext.close();
  }
}
