/** Configuration, the launcher, and the composition root that wires everything. */
@NullMarked
package io.kvorum.boot;

import org.jspecify.annotations.NullMarked;
