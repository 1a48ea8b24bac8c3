/**
 * bbolt files, the form of etcd's snapshots: a reader in bounded memory, its consistency check, and
 * a writer that knows the layout of a file before it has any of its content.
 */
@NullMarked
package io.kvorum.bbolt;

import org.jspecify.annotations.NullMarked;
