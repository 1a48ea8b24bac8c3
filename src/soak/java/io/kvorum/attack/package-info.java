/**
 * Clients that mean no good, or know no better, beside well-behaved ones: what a member must bear.
 */
@NullMarked
package io.kvorum.attack;

import org.jspecify.annotations.NullMarked;
