package io.kvorum.peer.grpc.link;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.kvorum.tls.PeerTls;
import io.kvorum.tls.ServerTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Puts TLS, where it is spoken, in front of gRPC on each new connection between members. Immutable.
 *
 * <p>This is grpc-netty's internal API: its version is pinned. What gRPC offers publicly would do
 * handshakes on event loops, and has one answer for all addresses of a server.
 *
 * <p>Held by: PeerTlsTest.
 */
final class PeerNegotiator {
  private static final AsciiString HTTP = AsciiString.cached("http");
  private static final AsciiString HTTPS = AsciiString.cached("https");

  private PeerNegotiator() {}

  /** For connections that come in. */
  static InternalProtocolNegotiator.ProtocolNegotiator accepting(PeerTls tls) {
    return new Negotiator(HTTP) {
      @Override
      public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
        return new HandshakeFirst(
            InternalProtocolNegotiators.grpcNegotiationHandler(grpc),
            caller -> handlerOf(tls.listeners().of(caller), caller));
      }
    };
  }

  private static @Nullable SslHandler handlerOf(@Nullable ServerTls tls, Channel caller) {
    return tls == null ? null : tls.newHandler(caller);
  }

  /** For a connection that is opened. */
  static InternalProtocolNegotiator.ProtocolNegotiator calling(
      PeerTls tls, SslContext secured, PeerAddress address) {
    return new Negotiator(HTTPS) {
      @Override
      public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
        HandshakeFirst first =
            new HandshakeFirst(
                InternalProtocolNegotiators.grpcNegotiationHandler(grpc),
                channel ->
                    secured.newHandler(
                        channel.alloc(), address.host(), address.port(), tls.handshakes()));
        return InternalProtocolNegotiators.waitUntilActiveHandler(
            first, grpc.getNegotiationLogger());
      }
    };
  }

  /** There is nothing to close. */
  private abstract static class Negotiator
      implements InternalProtocolNegotiator.ProtocolNegotiator {
    private final AsciiString scheme;

    Negotiator(AsciiString scheme) {
      this.scheme = scheme;
    }

    @Override
    public AsciiString scheme() {
      return scheme;
    }

    @Override
    public void close() {}
  }
}
