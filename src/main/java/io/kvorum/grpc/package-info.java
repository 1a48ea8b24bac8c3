/**
 * The gRPC face, and the port that it shares with HTTP/1.1.
 *
 * <p>{@code ClientPort} owns the sockets. Unary methods go through {@code UnaryHandler}; streams,
 * and calls that wait for other clients, are {@code StreamCall}s; both translate with {@code
 * io.kvorum.wire} and answer on the event loop of their connection, which other threads reach
 * through its {@code Outbox}. {@code PortSniffer} tells HTTP/1.1 from HTTP/2; {@code HttpFront}
 * answers pages for operators, and {@code HttpRelay} passes the rest on to the container. Before
 * there is something to serve, both wait in {@code HoldingRoom}s.
 */
@NullMarked
package io.kvorum.grpc;

import org.jspecify.annotations.NullMarked;
