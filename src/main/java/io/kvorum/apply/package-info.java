/**
 * The state machine: one committed command in, one result and its events out, the same on every
 * member.
 */
@NullMarked
package io.kvorum.apply;

import org.jspecify.annotations.NullMarked;
