/**
 * What runs before and around Liberty: the command line, the checks before the start, and the
 * server embedded in the same JVM.
 */
@NullMarked
package io.kvorum.boot.launcher;

import org.jspecify.annotations.NullMarked;
