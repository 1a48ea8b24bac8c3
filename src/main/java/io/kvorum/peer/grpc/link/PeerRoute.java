package io.kvorum.peer.grpc.link;

import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The way to another member, for one connection. Immutable.
 *
 * <p>Held by: GrpcPeerTransportTest, PeerTlsTest.
 *
 * @param address of its URL; with TLS the member's certificate must be valid for that host
 * @param target what the host was resolved to
 * @param tls null if the connection is plain
 */
public record PeerRoute(PeerAddress address, InetSocketAddress target, @Nullable SslContext tls) {}
