/**
 * The member as an application of a Jakarta EE container: started and stopped with it, configured
 * by MicroProfile Config, its parts produced for CDI. Apart from {@code rest} and {@code ops.web},
 * the only package that knows Jakarta EE and MicroProfile.
 */
@NullMarked
package io.kvorum.boot.container;

import org.jspecify.annotations.NullMarked;
