/** Converts messages, members and snapshots to and from protobuf. */
@NullMarked
package io.kvorum.peer.grpc.wire;

import org.jspecify.annotations.NullMarked;
