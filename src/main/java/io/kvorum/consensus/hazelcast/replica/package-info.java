/** What drives one Raft node: messages, elections, appends, learners, voters. */
@NullMarked
package io.kvorum.consensus.hazelcast.replica;

import org.jspecify.annotations.NullMarked;
