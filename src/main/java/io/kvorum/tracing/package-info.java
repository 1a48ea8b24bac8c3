/**
 * Traces of the calls of clients, exported by OpenTelemetry. Nothing of it is loaded unless traces
 * are wanted: {@code boot} asks for a {@code TraceExport} then.
 */
@NullMarked
package io.kvorum.tracing;

import org.jspecify.annotations.NullMarked;
