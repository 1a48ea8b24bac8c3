/** The durable forms of log entries and voters, and what a restart makes of a log. */
@NullMarked
package io.kvorum.consensus.hazelcast.log;

import org.jspecify.annotations.NullMarked;
