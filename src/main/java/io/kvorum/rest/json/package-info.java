/**
 * Reads and writes protobuf messages as JSON, as etcd's gateway does: Go's protojson with proto
 * field names, without zero values, ignoring unknown fields.
 *
 * <p>Protobuf's own {@code JsonFormat} differs from that where clients can notice (it accepts text
 * that is not JSON, escapes {@code =} and {@code <} in strings, accepts {@code "true"} as a
 * boolean) and costs several times as much, so it serves only as the oracle of tests. {@code
 * JsonLexer} says why the tokens, too, are read by our own code.
 */
@NullMarked
package io.kvorum.rest.json;

import org.jspecify.annotations.NullMarked;
