/**
 * The port through which commands are put in order: propose, confirm a read, status, and the ports
 * it stands on itself (write-ahead log, command codec, state machine).
 */
@NullMarked
package io.kvorum.consensus;

import org.jspecify.annotations.NullMarked;
