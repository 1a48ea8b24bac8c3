/**
 * Implements the consensus port with Hazelcast's Raft; no other package knows Hazelcast. Here are
 * the face, {@link io.kvorum.consensus.hazelcast.RaftConsensus}, and the loop of the one Raft
 * thread. Inner packages, lowest first:
 *
 * <pre>
 *   log        durable forms of entries and voters; what a restart makes of a log
 *   proposal   proposals of this member, from the queue to the answer
 *   core       Hazelcast's Raft node and what it calls back; committed entries, reads, transfer
 *   replica    what drives one node: messages, elections, appends, learners, voters
 * </pre>
 *
 * <p>Each uses those above it in this list, none one below. The loop's shared parts stand in {@code
 * core}, since they and the node use each other.
 */
@NullMarked
package io.kvorum.consensus.hazelcast;

import org.jspecify.annotations.NullMarked;
