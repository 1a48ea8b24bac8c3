/**
 * Delivers committed events to watchers: fan-out to the synced ones, catch-up for the late ones.
 *
 * <p>{@link io.kvorum.watch.WatchHub} is the face of the package. {@code Dispatcher} draws the
 * algorithm; {@code SyncedWatchers} with {@code FanOut}, and {@code CatchUp}, are its two halves.
 */
@NullMarked
package io.kvorum.watch;

import org.jspecify.annotations.NullMarked;
