/**
 * Starts, finds, stops and kills real servers, for tests, benchmarks and fault programs: {@link
 * io.kvorum.testing.ServerProcess} is one process, {@link io.kvorum.testing.LocalMember} a member
 * over many lives, {@link io.kvorum.testing.LocalCluster} a cluster of them.
 */
@NullMarked
package io.kvorum.testing;

import org.jspecify.annotations.NullMarked;
