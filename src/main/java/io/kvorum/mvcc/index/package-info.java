/**
 * The index in memory: which revisions each key has. It holds no values. Inner package of {@code
 * mvcc}.
 */
@NullMarked
package io.kvorum.mvcc.index;

import org.jspecify.annotations.NullMarked;
