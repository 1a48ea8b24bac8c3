package io.kvorum.grpc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.netty.channel.ChannelHandler;
import io.netty.util.AsciiString;

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
  private final PortSniffer.Ways ways;

  SniffingNegotiator(PortSniffer.Ways ways) {
    this.ways = ways;
  }

  @Override
  public AsciiString scheme() {
    return plaintext.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpcHandler) {
    return new PortSniffer(grpcHandler, plaintext.newHandler(grpcHandler), ways);
  }

  @Override
  public void close() {
    plaintext.close();
  }
}
