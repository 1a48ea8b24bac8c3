/**
 * How members talk to each other: gRPC on the peer URLs. One stream of messages per direction and
 * pair, questions to the leader, and the whole state for who lacks it.
 */
@NullMarked
package io.kvorum.peer;

import org.jspecify.annotations.NullMarked;
