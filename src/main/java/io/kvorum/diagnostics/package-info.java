/**
 * What the JVM tells of itself on demand: the stacks of its threads, the classes on its heap, a
 * recording of its events. Who may ask, and how, is decided by {@code io.kvorum.ops}.
 */
@NullMarked
package io.kvorum.diagnostics;

import org.jspecify.annotations.NullMarked;
