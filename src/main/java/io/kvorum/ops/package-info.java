/**
 * What operators look at: MicroProfile Health and Metrics, and etcd's /health, /livez, /readyz,
 * /version, /metrics.
 */
@NullMarked
package io.kvorum.ops;

import org.jspecify.annotations.NullMarked;
