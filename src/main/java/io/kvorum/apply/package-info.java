/**
 * The state machine: one committed command in, one result and its events out, the same on every
 * member.
 *
 * <p>Held by: ApplierTest, CoreSimulation, ClusterSimulation.
 */
@NullMarked
package io.kvorum.apply;

import org.jspecify.annotations.NullMarked;
