/**
 * Proposals of this member, from the queue to the answer.
 *
 * <p>Held by: RaftConsensusTest, CoreSimulation, ClusterSimulation.
 */
@NullMarked
package io.kvorum.consensus.hazelcast.proposal;

import org.jspecify.annotations.NullMarked;
