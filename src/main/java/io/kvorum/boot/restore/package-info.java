/** Makes the data directory of a member from a snapshot file. */
@NullMarked
package io.kvorum.boot.restore;

import org.jspecify.annotations.NullMarked;
