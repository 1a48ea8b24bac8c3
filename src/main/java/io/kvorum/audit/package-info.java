/**
 * The audit log: which calls are written ({@code AuditPolicy}), and how lines get to a file that is
 * rotated without a caller waiting for it ({@code AuditLog}). What a line says is decided by {@code
 * io.kvorum.wire}, which knows the requests.
 */
@NullMarked
package io.kvorum.audit;

import org.jspecify.annotations.NullMarked;
