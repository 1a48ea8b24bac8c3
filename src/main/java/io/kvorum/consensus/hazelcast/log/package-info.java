/**
 * The durable forms of log entries and voters, and what a restart makes of a log.
 *
 * <p>Held by: RaftConsensusTest, CoreSimulation, ClusterSimulation.
 */
@NullMarked
package io.kvorum.consensus.hazelcast.log;

import org.jspecify.annotations.NullMarked;
