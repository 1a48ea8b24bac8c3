/**
 * Measurements of parts of a member: JMH benchmarks ({@code bench/jmh}) and programs that print
 * figures.
 */
@NullMarked
package io.kvorum.bench;

import org.jspecify.annotations.NullMarked;
