/** Sends snapshots of the store to other members, and receives them. */
@NullMarked
package io.kvorum.peer.grpc.snapshot;

import org.jspecify.annotations.NullMarked;
