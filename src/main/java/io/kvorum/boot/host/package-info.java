/**
 * What the application knows of the process that it runs in: its own, which {@code bin/kvorum}
 * started, or a Liberty that serves other applications too.
 */
@NullMarked
package io.kvorum.boot.host;

import org.jspecify.annotations.NullMarked;
