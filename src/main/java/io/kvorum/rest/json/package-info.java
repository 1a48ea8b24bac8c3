/**
 * Protobuf messages as JSON, the way etcd's gateway reads and writes them: Go's protojson with
 * proto field names, zero values left out and unknown fields ignored.
 *
 * <p>Protobuf's own {@code JsonFormat} differs from it where clients can notice (it accepts text
 * that is not JSON, escapes {@code =} and {@code <} in strings, takes {@code "true"} for a boolean)
 * and costs several times as much, so tests use it as the oracle and requests do not.
 */
@NullMarked
package io.kvorum.rest.json;

import org.jspecify.annotations.NullMarked;
