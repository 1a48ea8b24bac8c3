/**
 * Every version of every key: the index in memory, the values in pages of the revision history, and
 * the port to that history.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest, MvccStoreConcurrencyTest, CoreSimulation.
 */
@NullMarked
package io.kvorum.mvcc;

import org.jspecify.annotations.NullMarked;
