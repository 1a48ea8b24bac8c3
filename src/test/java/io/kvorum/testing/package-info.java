/** Real servers for tests: starting, finding, stopping and killing them. */
@NullMarked
package io.kvorum.testing;

import org.jspecify.annotations.NullMarked;
