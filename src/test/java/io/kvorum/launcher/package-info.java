/**
 * {@code bin/kvorum} and {@code bin/kvorum-local-cluster} as a user runs them: flags, output, exit
 * status and signals.
 */
@NullMarked
package io.kvorum.launcher;

import org.jspecify.annotations.NullMarked;
