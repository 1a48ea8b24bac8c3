/** The WAR in a Liberty that knows nothing of it, used by jetcd and by an HTTP client. */
@NullMarked
package io.kvorum.plain;

import org.jspecify.annotations.NullMarked;
