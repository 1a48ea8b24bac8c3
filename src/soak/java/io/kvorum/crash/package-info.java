/** A server that is killed while it works must lose nothing that it acknowledged. */
@NullMarked
package io.kvorum.crash;

import org.jspecify.annotations.NullMarked;
