/** The replicated table of members. */
@NullMarked
package io.kvorum.membership;

import org.jspecify.annotations.NullMarked;
