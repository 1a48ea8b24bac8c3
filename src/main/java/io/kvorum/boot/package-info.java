/** The composition root: decides what a start of the member is, and wires the member bottom-up. */
@NullMarked
package io.kvorum.boot;

import org.jspecify.annotations.NullMarked;
