/** Proposals of this member, from the queue to the answer. */
@NullMarked
package io.kvorum.consensus.hazelcast.proposal;

import org.jspecify.annotations.NullMarked;
