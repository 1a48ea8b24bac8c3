/** Protobuf to model and back; the one error table; the durable form of commands. */
@NullMarked
package io.kvorum.wire;

import org.jspecify.annotations.NullMarked;
