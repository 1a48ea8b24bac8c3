/**
 * Connects members: sockets, one stream of messages per direction and pair, admission of callers.
 */
@NullMarked
package io.kvorum.peer.grpc.link;

import org.jspecify.annotations.NullMarked;
