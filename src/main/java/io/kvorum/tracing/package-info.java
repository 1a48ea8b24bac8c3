/**
 * Traces of the calls of clients ({@code Traces}), exported by OpenTelemetry, of which nothing is
 * loaded unless they are wanted.
 */
@NullMarked
package io.kvorum.tracing;

import org.jspecify.annotations.NullMarked;
