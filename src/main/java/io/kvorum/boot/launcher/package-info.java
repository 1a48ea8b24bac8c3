/**
 * What runs before and around Liberty, in a class loader of its own and without Jakarta EE: the
 * command line, the checks before the start, and the embedded server.
 */
@NullMarked
package io.kvorum.boot.launcher;

import org.jspecify.annotations.NullMarked;
