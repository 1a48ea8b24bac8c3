/** The gRPC face, and the port it shares with HTTP/1.1. */
@NullMarked
package io.kvorum.grpc;

import org.jspecify.annotations.NullMarked;
