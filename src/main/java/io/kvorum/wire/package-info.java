/**
 * Translates the client API between protobuf and the model; the one error table.
 *
 * <p>Held by: KvWireTest, WatchWireTest, EtcdctlTxnIT, JsonKvIT, LoadGeneratorIT.
 */
@NullMarked
package io.kvorum.wire;

import org.jspecify.annotations.NullMarked;
