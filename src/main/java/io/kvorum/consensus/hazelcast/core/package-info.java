/**
 * Hazelcast's Raft node, what it calls back, and the parts of the loop that it and the replica
 * share.
 */
@NullMarked
package io.kvorum.consensus.hazelcast.core;

import org.jspecify.annotations.NullMarked;
