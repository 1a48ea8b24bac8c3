/**
 * Injects faults into real members, which must lose nothing that they acknowledged: kills, damaged
 * and full disks, pauses and partitions. The gate runs the short form, {@code soak/faults} the long
 * one.
 */
@NullMarked
package io.kvorum.crash;

import org.jspecify.annotations.NullMarked;
