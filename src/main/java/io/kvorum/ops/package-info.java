/**
 * What operators look at: health checks, metrics under etcd's names, and the log lines about the
 * cluster. Independent of the container, which reaches it through {@code io.kvorum.ops.web}.
 */
@NullMarked
package io.kvorum.ops;

import org.jspecify.annotations.NullMarked;
