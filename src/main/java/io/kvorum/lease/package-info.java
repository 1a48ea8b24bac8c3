/** The replicated table of leases, and the lessor: the leader's clocks that let them expire. */
@NullMarked
package io.kvorum.lease;

import org.jspecify.annotations.NullMarked;
