/** The JSON face: JAX-RS resources that translate and delegate. */
@NullMarked
package io.kvorum.rest;

import org.jspecify.annotations.NullMarked;
