/**
 * Registers {@code io.kvorum.ops} with the container: servlets for etcd's /health, /livez, /readyz,
 * /version, /debug/vars and /metrics, beans for MicroProfile Health and Metrics. Nothing else of
 * the operators' side imports {@code jakarta.*} or MicroProfile.
 */
@NullMarked
package io.kvorum.ops.web;

import org.jspecify.annotations.NullMarked;
