/**
 * The WAR in a foreign Liberty, as docs/plain-liberty.md describes it, used by jetcd and over HTTP.
 */
@NullMarked
package io.kvorum.plain;

import org.jspecify.annotations.NullMarked;
