/** The replicated lease table, and the leader's clock that says when a lease has run out. */
@NullMarked
package io.kvorum.lease;

import org.jspecify.annotations.NullMarked;
