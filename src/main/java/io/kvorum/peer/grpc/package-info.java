/**
 * Connects members by gRPC on their peer URLs. This package has the entry points: the transport,
 * the client of a joining member, requests to the leader, and snapshot transfers.
 *
 * <pre>
 *   peer.grpc ──► snapshot   sends and receives snapshots of the store
 *       │            │
 *       ├────────────┴──► link   sockets; one stream of messages per direction and pair of members
 *       │                  │
 *       └──────────────────┴──► wire   protobuf to values and back
 * </pre>
 */
@NullMarked
package io.kvorum.peer.grpc;

import org.jspecify.annotations.NullMarked;
