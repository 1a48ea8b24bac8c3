/** What the programs of {@code soak/} have in common. */
@NullMarked
package io.kvorum.soak;

import org.jspecify.annotations.NullMarked;
