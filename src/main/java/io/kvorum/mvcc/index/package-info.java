/**
 * The index in memory: which revisions each key has. It holds no values. Inner package of {@code
 * mvcc}.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest, MvccStoreConcurrencyTest, CoreSimulation.
 */
@NullMarked
package io.kvorum.mvcc.index;

import org.jspecify.annotations.NullMarked;
