/**
 * The durable history: its port {@link io.kvorum.mvcc.history.RevisionHistory}, the form of its
 * pages, and how pages are found, read, cached and compacted. It knows changes, but no readers'
 * revisions and no threads: those belong to {@code mvcc}. Outside of that package only the port and
 * the form of a page are used.
 */
@NullMarked
package io.kvorum.mvcc.history;

import org.jspecify.annotations.NullMarked;
