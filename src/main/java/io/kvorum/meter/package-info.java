/** How durations are counted, for whoever measures and whoever reports. */
@NullMarked
package io.kvorum.meter;

import org.jspecify.annotations.NullMarked;
