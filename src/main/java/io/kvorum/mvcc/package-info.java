/**
 * The multi-version store: every version of every key, the index in memory ({@code mvcc.index}),
 * the values in pages of a durable history ({@code mvcc.history}).
 *
 * <p>{@link io.kvorum.mvcc.MvccStore} is what any thread may use, {@link
 * io.kvorum.mvcc.StoreWriter} what the state machine alone has; {@link
 * io.kvorum.mvcc.StoreSnapshot} and {@link io.kvorum.mvcc.SnapshotStaging} are the two ends of a
 * snapshot's way between members.
 */
@NullMarked
package io.kvorum.mvcc;

import org.jspecify.annotations.NullMarked;
