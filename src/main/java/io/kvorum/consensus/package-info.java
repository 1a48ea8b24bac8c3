/**
 * The consensus port, {@link io.kvorum.consensus.Consensus}, and the ports that it uses:
 * write-ahead log, command codec, state machine, and what connects members.
 */
@NullMarked
package io.kvorum.consensus;

import org.jspecify.annotations.NullMarked;
