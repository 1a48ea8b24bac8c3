/** Counts durations in histograms, for the code that measures and the code that reports. */
@NullMarked
package io.kvorum.meter;

import org.jspecify.annotations.NullMarked;
