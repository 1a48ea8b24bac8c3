/**
 * Clusters of real processes that are changed, cut and restarted while clients use them, by the
 * means that their operator has: etcdctl, flags and signals.
 */
@NullMarked
package io.kvorum.cluster;

import org.jspecify.annotations.NullMarked;
