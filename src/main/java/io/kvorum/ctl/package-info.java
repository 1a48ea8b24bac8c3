/** {@code bin/kvorumctl}: the command line for backups, restores, and the care of a cluster. */
@NullMarked
package io.kvorum.ctl;

import org.jspecify.annotations.NullMarked;
