/**
 * The vocabulary: immutable values, commands, queries, results and error codes.
 *
 * <p>Everything here is a value without behaviour beyond its own invariants. It depends on the JDK
 * alone, and every other package speaks in its terms.
 */
@NullMarked
package io.kvorum.model;

import org.jspecify.annotations.NullMarked;
