/** Committed events to whoever asked: fan-out to synced watchers, catch-up for late ones. */
@NullMarked
package io.kvorum.watch;

import org.jspecify.annotations.NullMarked;
