/** Snapshot files, in etcd's own form: what they hold, what is wrong with them, what they are. */
@NullMarked
package io.kvorum.backup;

import org.jspecify.annotations.NullMarked;
