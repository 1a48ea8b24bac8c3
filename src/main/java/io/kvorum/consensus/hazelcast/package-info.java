/** Hazelcast behind the consensus port: the only place that knows it. */
@NullMarked
package io.kvorum.consensus.hazelcast;

import org.jspecify.annotations.NullMarked;
