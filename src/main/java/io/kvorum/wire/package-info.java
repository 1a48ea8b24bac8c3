/** Translates the client API between protobuf and the model; the one error table. */
@NullMarked
package io.kvorum.wire;

import org.jspecify.annotations.NullMarked;
