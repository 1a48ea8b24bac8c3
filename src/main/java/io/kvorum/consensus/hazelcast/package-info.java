/**
 * Implements the consensus port with Hazelcast's Raft; no other package knows Hazelcast. {@link
 * io.kvorum.consensus.hazelcast.RaftConsensus} is the face, {@code RaftLoop} runs the rounds of the
 * one Raft thread, and {@code RaftCore} owns Hazelcast's Raft node.
 *
 * <p>Held by: RaftConsensusTest, CoreSimulation, ClusterSimulation.
 */
@NullMarked
package io.kvorum.consensus.hazelcast;

import org.jspecify.annotations.NullMarked;
