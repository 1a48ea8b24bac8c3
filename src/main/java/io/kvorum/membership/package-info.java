/** Who belongs to the cluster: the replicated table of members. */
@NullMarked
package io.kvorum.membership;

import org.jspecify.annotations.NullMarked;
