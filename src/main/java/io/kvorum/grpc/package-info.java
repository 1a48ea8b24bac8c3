/**
 * The gRPC face, and the port that it shares with HTTP/1.1.
 *
 * <p>{@code ClientPort} owns the sockets. Unary methods go through {@code UnaryHandler}, streams
 * are {@code StreamCall}s; both translate with {@code io.kvorum.wire} and answer on the event loop
 * of their connection, which other threads reach through its {@code Outbox}. {@code PortSniffer}
 * and {@code HttpRelay} pass HTTP/1.1 on to the container.
 */
@NullMarked
package io.kvorum.grpc;

import org.jspecify.annotations.NullMarked;
